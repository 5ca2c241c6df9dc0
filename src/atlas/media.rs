//! The versioned media types of the API: `application/vnd.atlas.<date>+json`.

use http::HeaderValue;

/// `:startWith` exists since this version of the API (OpenAPI operation `startGroupStreamProcessorWith`); an earlier date is answered 406.
const START_WITH_SINCE: &str = "2025-03-12";

/// The version that `:startWith` is asked under: the configured one, or the first that knows it. Dates compare as text.
pub(super) fn start_with_version(api_version: &str) -> &str {
    api_version.max(START_WITH_SINCE)
}

/// The media type of a version; `None` when the version holds characters that can't be in a header.
pub(super) fn media_type(version: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("application/vnd.atlas.{version}+json")).ok()
}

/// The `User-Agent`: who asks, and in brackets what for. What can't be in a header is left out.
pub(super) fn user_agent(product: &str, purpose: &str) -> HeaderValue {
    let text: String = format!("{product} ({purpose})")
        .chars()
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .collect();
    HeaderValue::from_str(&text)
        .unwrap_or_else(|_| HeaderValue::from_static("terraform-provider-atlas"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_with_is_never_asked_under_a_version_that_does_not_know_it() {
        for (configured, asked) in [
            ("2024-05-30", "2025-03-12"),
            ("2025-03-12", "2025-03-12"),
            ("2026-01-01", "2026-01-01"),
            ("preview", "preview"),
        ] {
            assert_eq!(start_with_version(configured), asked);
        }
    }

    #[test]
    fn a_version_that_can_not_be_in_a_header_gives_no_media_type() {
        assert_eq!(
            media_type("2024-05-30").unwrap(),
            "application/vnd.atlas.2024-05-30+json"
        );
        assert_eq!(media_type("2024\r\nX: y"), None);
    }

    #[test]
    fn the_user_agent_can_always_be_sent() {
        assert_eq!(
            user_agent("p/1 Terraform/1.15.5", "type create"),
            "p/1 Terraform/1.15.5 (type create)"
        );
        assert_eq!(user_agent("p/1\r\nX: y", "é"), "p/1X: y ()");
    }
}
