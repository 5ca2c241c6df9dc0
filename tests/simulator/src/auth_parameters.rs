//! The parameters of an Authorization header: `name=value` or `name="value"`, separated by commas.

use std::collections::BTreeMap;

/// Reads them, names in lower case; `None` where the grammar is broken or a name comes twice.
pub(crate) fn parse(text: &str) -> Option<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let end = after.find(',').unwrap_or(after.len());
                (token(after[..end].trim())?, &after[end..])
            }
        };
        if parameters
            .insert(name.trim().to_ascii_lowercase(), value)
            .is_some()
        {
            return None;
        }
        rest = after.trim_start();
        if !rest.is_empty() {
            rest = rest.strip_prefix(',')?.trim_start();
        }
    }
    Some(parameters)
}

/// A value without quotes has no blanks and no quotes in it.
fn token(text: &str) -> Option<String> {
    let odd = |character: char| character.is_whitespace() || character == '"';
    (!text.is_empty() && !text.contains(odd)).then(|| text.to_owned())
}

/// What is inside the quotes, and what comes after them.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            _ => value.push(character),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_protect_commas_and_quotes() {
        let parsed =
            parse(r#"uri="/a,b?c=d", Qop=auth ,cnonce="x\"y",nc=00000001"#).expect("well formed");
        let expected = [
            ("uri", "/a,b?c=d"),
            ("qop", "auth"),
            ("cnonce", "x\"y"),
            ("nc", "00000001"),
        ];
        assert_eq!(
            parsed,
            expected
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into()
        );
    }

    #[test]
    fn what_is_broken_is_no_credential() {
        for broken in [
            "uri",
            "uri=\"open",
            "a=1 b=\"2\" c",
            "a=\"1\" b=2",
            "a=1, a=2",
        ] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }
}
