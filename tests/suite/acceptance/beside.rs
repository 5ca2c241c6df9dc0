//! Beside the official provider, which owns the pipeline: its create, its pipeline change, its replace and its destroy
//! each end with an empty plan and the processor as the configuration says.

use super::world::World;

/// The part of the official provider: what its resource sends to Atlas, as a script that a provisioner runs.
const OFFICIAL: &str = r#"
import json, os, sys, urllib.request

group, tenant = "0123456789abcdef01234567", "workspace-1"
base = os.environ["MONGODB_ATLAS_BASE_URL"] + f"/api/atlas/v2/groups/{group}/streams/{tenant}/processor"
date = "application/vnd.atlas.2024-05-30+json"

def call(method, path="", body=None):
    headers = {"Accept": date, "Authorization": "Bearer " + os.environ["MONGODB_ATLAS_ACCESS_TOKEN"]}
    if body is not None:
        headers["Content-Type"] = date
    data = json.dumps(body).encode() if body is not None else (b"" if method == "POST" else None)
    request = urllib.request.Request(base + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request) as response:
        text = response.read()
        return json.loads(text) if text else None

what, name, pipeline = sys.argv[1], sys.argv[2], [{"$source": {"connectionName": sys.argv[3]}}]
if what == "create":
    call("POST", "", {"name": name, "pipeline": pipeline})
elif what == "update":
    running = call("GET", "/" + name)["state"] == "STARTED"
    if running:
        call("POST", f"/{name}:stop")
    call("PATCH", "/" + name, {"pipeline": pipeline})
    if running:
        call("POST", f"/{name}:start")
elif what == "delete":
    call("DELETE", "/" + name)
"#;

/// One generation of the official resource; its id changes when it is replaced. `pipeline` is changed in place by
/// the second resource, as the official update does.
fn configuration(generation: u32, pipeline: &str) -> String {
    format!(
        r#"
resource "terraform_data" "processor" {{
  triggers_replace = "{generation}"
  provisioner "local-exec" {{
    command = "python3 official.py create shipments source-1"
  }}
  provisioner "local-exec" {{
    when    = destroy
    command = "python3 official.py delete shipments source-1"
  }}
}}

resource "terraform_data" "pipeline" {{
  triggers_replace = ["{pipeline}", terraform_data.processor.id]
  provisioner "local-exec" {{
    command = "python3 official.py update shipments {pipeline}"
  }}
}}

resource "atlas_stream_processor_start" "orders" {{
  group_id       = "0123456789abcdef01234567"
  tenant_name    = "workspace-1"
  processor_name = "shipments"
  triggers       = {{ processor = terraform_data.processor.id }}
  depends_on     = [terraform_data.pipeline]
}}
"#
    )
}

pub(super) async fn the_official_provider_owns_the_pipeline(world: World) {
    world.write("official.py", OFFICIAL);

    world.write("main.tf", &configuration(1, "source-1"));
    world.apply().await;
    assert_eq!(
        world.happened(),
        ["create shipments", "modify shipments", ":start shipments"]
    );
    assert_eq!(world.atlas.state("shipments").as_deref(), Some("STARTED"));
    world.plan_is_empty().await;

    world.write("main.tf", &configuration(1, "source-2"));
    world.apply().await;
    assert_eq!(
        world.happened(),
        [":stop shipments", "modify shipments", ":start shipments"],
        "the official update does all of it by itself"
    );
    assert_eq!(world.atlas.state("shipments").as_deref(), Some("STARTED"));
    world.plan_is_empty().await;

    world.write("main.tf", &configuration(2, "source-2"));
    world.apply().await;
    let happened = world.happened();
    assert_eq!(
        happened,
        [
            "delete shipments",
            "create shipments",
            "modify shipments",
            ":start shipments"
        ]
    );
    assert_eq!(world.atlas.state("shipments").as_deref(), Some("STARTED"));
    world.plan_is_empty().await;

    world.destroy().await;
    assert_eq!(world.happened(), ["delete shipments"]);
    assert_eq!(world.atlas.state("shipments"), None);
    world.write("main.tf", "");
    world.plan_is_empty().await;
}
