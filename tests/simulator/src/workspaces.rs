//! Projects and workspaces: finding the one that a call names, and reading them.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    answer::{Answer, ApiError},
    call::Call,
    page::Page,
    settings::{Settings, WhenForeign, WhenInvalid},
    versions,
    world::{Group, Workspace, World},
};

/// The project that a call names.
pub(crate) fn group<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Group, ApiError> {
    let group = call.group();
    let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    if group.len() != 24 || !group.bytes().all(is_hex) {
        let status = match world.settings.when_group_is_invalid {
            WhenInvalid::NotFound => StatusCode::NOT_FOUND,
            WhenInvalid::BadRequest => StatusCode::BAD_REQUEST,
        };
        let detail = format!("An invalid group ID {group} was specified.");
        return Err(ApiError::new(status, "INVALID_GROUP_ID", detail).parameters([group]));
    }
    if world.settings.foreign_groups.contains(group) {
        return Err(match world.settings.when_group_is_foreign {
            WhenForeign::NotInGroup => ApiError::not_in_group(group),
            WhenForeign::UserCannotAccessGroup => ApiError::user_cannot_access_group(group),
        });
    }
    world.groups.get_mut(group).ok_or_else(|| {
        let detail = format!("No group with ID {group} exists.");
        ApiError::new(StatusCode::NOT_FOUND, "GROUP_NOT_FOUND", detail).parameters([group])
    })
}

/// The workspace that a call names.
pub(crate) fn workspace<'a>(
    world: &'a mut World,
    call: &Call,
) -> Result<&'a mut Workspace, ApiError> {
    let (name, tenant) = (call.group(), call.tenant());
    group(world, call)?
        .workspaces
        .get_mut(tenant)
        .ok_or_else(|| {
            let detail = format!("Stream instance for project {name} and name {tenant} not found.");
            ApiError::new(
                StatusCode::NOT_FOUND,
                "STREAM_TENANT_NOT_FOUND_FOR_NAME",
                detail,
            )
            .parameters([name, tenant])
        })
}

/// `GET …/streams/{t}`, or without a name `GET …/streams`
pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer, ApiError> {
    let version = versions::of(call.route.operation);
    if call.route.tenant.is_some() {
        let settings = world.settings.clone();
        let workspace = workspace(world, call)?;
        return Ok(Answer::ok(
            version,
            Some(view(&settings, call.group(), call.tenant(), workspace)),
        ));
    }
    let page = Page::asked(call)?;
    let settings = world.settings.clone();
    let workspaces = &group(world, call)?.workspaces;
    let shown = page
        .of(workspaces.iter())
        .map(|(name, workspace)| view(&settings, call.group(), name, workspace))
        .collect();
    Ok(Answer::ok(
        version,
        Some(page.body(call, shown, workspaces.len())),
    ))
}

/// `StreamsTenant`
fn view(settings: &Settings, group: &str, name: &str, workspace: &Workspace) -> Value {
    let region = |name: &String| json!({ "cloudProvider": "AWS", "region": name });
    let own = workspace.regions.first().map(region);
    let failover: Vec<_> = workspace.regions.iter().skip(1).map(region).collect();
    json!({
        "_id": workspace.id, "groupId": group, "name": name, "dataProcessRegion": own, "failoverRegions": failover,
        "streamConfig": { "tier": "SP10", "maxTierSize": settings.max_tier(name) },
        "hostnames": [format!("atlas-stream-{}.virginia-usa.a.query.mongodb.net", workspace.id)],
        "connections": [], "links": [],
    })
}

#[cfg(test)]
mod tests {
    use crate::{
        settings::{WhenForeign, WhenInvalid},
        testing::{send, with_orders},
    };

    #[tokio::test(start_paused = true)]
    async fn projects_and_workspaces_are_checked_first() {
        let simulator = with_orders("STOPPED");
        simulator.add_foreign_group("ffffffffffffffffffffffff");
        for (group, tenant, verdict) in [
            ("0123456789abcdef01234567", "workspace-1", "200"),
            (
                "0123456789abcdef01234567",
                "elsewhere",
                "404 STREAM_TENANT_NOT_FOUND_FOR_NAME",
            ),
            (
                "0123456789abcdef01234567",
                "WORKSPACE-1",
                "404 STREAM_TENANT_NOT_FOUND_FOR_NAME",
            ),
            (
                "0123456789ABCDEF01234567",
                "workspace-1",
                "404 INVALID_GROUP_ID",
            ),
            ("0123", "workspace-1", "404 INVALID_GROUP_ID"),
            (
                "000000000000000000000000",
                "workspace-1",
                "404 GROUP_NOT_FOUND",
            ),
            (
                "ffffffffffffffffffffffff",
                "workspace-1",
                "401 NOT_IN_GROUP",
            ),
        ] {
            let line =
                format!("GET /api/atlas/v2/groups/{group}/streams/{tenant}/processor/orders");
            assert_eq!(
                send(&simulator, &line, "").await.verdict(),
                verdict,
                "{line}"
            );
        }
        simulator.settings(|settings| settings.when_group_is_invalid = WhenInvalid::BadRequest);
        let seen = send(
            &simulator,
            "GET /api/atlas/v2/groups/x/streams/workspace-1",
            "",
        )
        .await;
        assert_eq!(seen.verdict(), "400 INVALID_GROUP_ID");
        simulator.settings(|settings| {
            settings.when_group_is_foreign = WhenForeign::UserCannotAccessGroup;
        });
        let seen = send(
            &simulator,
            "GET /api/atlas/v2/groups/ffffffffffffffffffffffff/streams/workspace-1",
            "",
        )
        .await;
        assert_eq!(seen.verdict(), "401 USER_CANNOT_ACCESS_GROUP");
    }

    #[tokio::test(start_paused = true)]
    async fn a_workspace_is_read_alone_and_among_others() {
        let simulator = with_orders("STOPPED");
        let one = send(
            &simulator,
            "GET /api/atlas/v2/groups/0123456789abcdef01234567/streams/workspace-1",
            "",
        )
        .await
        .json();
        let all = send(
            &simulator,
            "GET /api/atlas/v2/groups/0123456789abcdef01234567/streams",
            "",
        )
        .await
        .json();
        assert_eq!(one["name"], "workspace-1");
        assert_eq!(all["results"][0], one);
    }
}
