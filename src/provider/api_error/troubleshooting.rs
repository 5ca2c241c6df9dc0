//! The table of hints as a page of the documentation.

use super::CredentialKind;
use super::fill::in_general;
use super::hints::{self, Hint, On};

/// All hints in Markdown, a section each: what selects it, the statuses it comes with, what it means and what to do.
pub fn troubleshooting() -> String {
    hints::all().map(section).collect::<Vec<_>>().join("\n")
}

fn section(hint: &Hint) -> String {
    let statuses: Vec<String> = hint.status.iter().map(u16::to_string).collect();
    let attribute = hint
        .attribute
        .map_or_else(String::new, |name| format!(" Attribute: `{name}`."));
    format!(
        "### {}\n\nHTTP {}.{attribute}\n\n{}\n\n{}\n",
        title(&hint.on),
        statuses.join(", "),
        in_general(hint.meaning),
        in_general(hint.advice),
    )
}

fn title(on: &On) -> String {
    let listed = |words: &[&str]| {
        words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    match on {
        On::Code(codes) => listed(codes),
        On::OAuth(errors) => format!("OAuth {}", listed(errors)),
        On::Text(parts) => format!("A message with {}", listed(parts)),
        On::Unauthorized(kind) => {
            let with = match kind {
                Some(CredentialKind::AccessToken) => "an access token",
                Some(CredentialKind::ServiceAccount) => "a service account",
                Some(CredentialKind::ApiKey) => "an API key",
                None => "other credentials",
            };
            format!("401 without a known code, with {with}")
        }
        On::Token(statuses) => {
            let statuses: Vec<String> = statuses.iter().map(u16::to_string).collect();
            format!("{} of the request for an access token", statuses.join(", "))
        }
        On::Redirect => "A redirect".to_owned(),
        On::NotAtlas(status) => format!("{status} without Atlas' error body"),
        On::Status(statuses) => {
            let statuses: Vec<String> = statuses.iter().map(u16::to_string).collect();
            format!("{} without a known code", statuses.join(", "))
        }
        On::List(status) => format!("{status} of a list, without a known code"),
        On::ServerError => "Any other status from 500 on".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_section_with_nothing_left_to_fill_in() {
        let page = troubleshooting();
        assert_eq!(page.matches("### ").count(), hints::all().count());
        assert!(!page.contains(['{', '}']), "{page}");
        assert!(page.contains("`IP_ADDRESS_NOT_ON_ACCESS_LIST`"));
    }

    #[test]
    fn a_section_lists_every_status_that_its_title_has() {
        for hint in hints::all() {
            if let On::Status(statuses) | On::Token(statuses) = &hint.on {
                assert_eq!(hint.status, *statuses, "{}", title(&hint.on));
            }
        }
    }

    #[test]
    fn every_row_names_its_attribute_in_the_text_and_ends_as_a_sentence() {
        for hint in hints::all() {
            let text = format!("{} {}", hint.meaning, hint.advice);
            if let Some(attribute) = hint.attribute {
                assert!(
                    text.contains(&format!("`{attribute}")),
                    "{attribute}: {text}"
                );
            }
            assert!(text.ends_with('.'), "{text}");
            assert!(!hint.status.is_empty(), "{text}");
        }
    }
}
