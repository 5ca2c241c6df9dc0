//! Credentials: whole from the provider block if it has any, else whole from the environment.

use super::environment::{self, Environment};
use super::given::Given;
use crate::atlas::Credentials;
use crate::framework::{Diagnostic, Diagnostics, Path, Value};

/// The credentials that will be used, and where they come from.
pub(super) struct Found {
    /// None: no source has any, or they are half there (an error), or not known yet.
    pub(super) credentials: Option<Credentials>,
    /// For the log: kind and source, never a value.
    pub(super) origin: String,
}

/// Finds the credentials; says what is wrong with them.
pub(super) fn find(config: &Value, env: &Environment, diagnostics: &mut Diagnostics) -> Found {
    let block = Source::block(config);
    let source = if block.fields().iter().any(|field| field.given.is_given()) {
        block
    } else {
        Source::environment(env)
    };
    source.check(env, diagnostics);
    source.choose()
}

/// One credential of one source.
struct Field<'a> {
    /// The attribute of the provider block.
    attribute: &'static str,
    given: Given<'a>,
    /// How this source calls it, quoted for a text: an attribute or an environment variable.
    name: String,
    variables: &'static [&'static str],
}

impl Field<'_> {
    fn path(&self) -> Path {
        Path::root(self.attribute)
    }
}

/// All credentials of one source.
struct Source<'a> {
    from_block: bool,
    access_token: Field<'a>,
    client_id: Field<'a>,
    client_secret: Field<'a>,
    public_key: Field<'a>,
    private_key: Field<'a>,
}

impl<'a> Source<'a> {
    fn block(config: &'a Value) -> Self {
        Self::of(true, |attribute, variables| Field {
            attribute,
            given: Given::in_block(config, attribute),
            name: format!("`{attribute}`"),
            variables,
        })
    }

    fn environment(env: &'a Environment) -> Self {
        Self::of(false, |attribute, variables| {
            let (given, variable) = Given::in_environment(env, variables);
            // A variable that is not there is called by the name that is looked for first.
            let name = variable.or(variables.first().copied()).unwrap_or(attribute);
            Field {
                attribute,
                given,
                name: format!("`{name}`"),
                variables,
            }
        })
    }

    fn of(
        from_block: bool,
        field: impl Fn(&'static str, &'static [&'static str]) -> Field<'a>,
    ) -> Self {
        Self {
            from_block,
            access_token: field("access_token", environment::ACCESS_TOKEN),
            client_id: field("client_id", environment::CLIENT_ID),
            client_secret: field("client_secret", environment::CLIENT_SECRET),
            public_key: field("public_key", environment::PUBLIC_KEY),
            private_key: field("private_key", environment::PRIVATE_KEY),
        }
    }

    fn fields(&self) -> [&Field<'a>; 5] {
        [
            &self.access_token,
            &self.client_id,
            &self.client_secret,
            &self.public_key,
            &self.private_key,
        ]
    }

    /// What this source is called in a sentence.
    fn place(&self) -> &'static str {
        if self.from_block {
            "The provider block"
        } else {
            "The environment"
        }
    }

    fn check(&self, env: &Environment, diagnostics: &mut Diagnostics) {
        for field in self.fields() {
            diagnostics.extend(stray_characters(field));
        }
        diagnostics.extend(self.service_account_as_api_key());
        diagnostics.extend(self.half("service account", &self.client_id, &self.client_secret, env));
        if !self.holds_service_account_as_key() {
            diagnostics.extend(self.half("API key", &self.public_key, &self.private_key, env));
        }
        diagnostics.extend(self.several());
    }

    /// An error on the missing half of a pair.
    fn half(
        &self,
        kind: &str,
        one: &Field<'_>,
        other: &Field<'_>,
        env: &Environment,
    ) -> Option<Diagnostic> {
        let (there, missing) = match (one.given, other.given) {
            (Given::Known(_), Given::Absent) => (one, other),
            (Given::Absent, Given::Known(_)) => (other, one),
            _ => return None,
        };
        let mut detail = format!(
            "{} has {} and not {}: only half of the {kind}. Set {} too, or remove {}.",
            self.place(),
            there.name,
            missing.name,
            missing.name,
            there.name,
        );
        if !self.from_block {
            detail.push_str(&format!(
                "\n\nThese are environment variables, read because the provider block has no credentials; the missing one is the attribute `{}` there.",
                missing.attribute
            ));
        } else if let Some((variable, _)) = env.first(missing.variables) {
            detail.push_str(&format!(
                "\n\nThe environment variable `{variable}` does not complete it: credentials come whole from the provider block or whole from the environment."
            ));
        }
        let summary = format!("The {kind} in the Atlas credentials is incomplete");
        Some(Diagnostic::error(summary, detail).at(missing.path()))
    }

    fn holds_service_account_as_key(&self) -> bool {
        self.misplaced().is_some()
    }

    /// A service account's id or secret where a key belongs, and where it should have been.
    fn misplaced(&self) -> Option<(&Field<'a>, &Field<'a>)> {
        let starts = |field: &Field<'_>| {
            field
                .given
                .known()
                .is_some_and(|text| text.starts_with("mdb_sa"))
        };
        if starts(&self.public_key) {
            Some((&self.public_key, &self.client_id))
        } else if starts(&self.private_key) {
            Some((&self.private_key, &self.client_secret))
        } else {
            None
        }
    }

    fn service_account_as_api_key(&self) -> Option<Diagnostic> {
        let (wrong, meant) = self.misplaced()?;
        let detail = format!(
            "{} has in {} a value that starts with \"mdb_sa\": that is a service account's. Put it into {} instead; \
             a service account is {} and {}, an API key is {} and {}.",
            self.place(),
            wrong.name,
            meant.name,
            self.client_id.name,
            self.client_secret.name,
            self.public_key.name,
            self.private_key.name,
        );
        let summary = "A service account was given as an API key";
        Some(Diagnostic::error(summary, detail).at(wrong.path()))
    }

    /// A warning when one source has several kinds of credentials.
    fn several(&self) -> Option<Diagnostic> {
        let kinds: Vec<(&str, &Field<'_>)> = [
            ("an access token", &self.access_token, &self.access_token),
            ("a service account", &self.client_id, &self.client_secret),
            ("an API key", &self.public_key, &self.private_key),
        ]
        .into_iter()
        .filter_map(|(kind, one, other)| {
            let first = [one, other]
                .into_iter()
                .find(|field| field.given.known().is_some())?;
            Some((kind, first))
        })
        .collect();
        let [(used, _), ignored @ ..] = kinds.as_slice() else {
            return None;
        };
        let (_, first_ignored) = ignored.first()?;
        let listed = |kinds: &[(&str, &Field<'_>)]| {
            kinds
                .iter()
                .map(|(kind, field)| format!("{kind} ({})", field.name))
                .collect::<Vec<_>>()
                .join(" and ")
        };
        let detail = format!(
            "{} has {}. The provider uses {used} and ignores {}. Remove what is not meant.",
            self.place(),
            listed(&kinds),
            listed(ignored),
        );
        let warning = Diagnostic::warning("Several kinds of Atlas credentials are set", detail);
        Some(if self.from_block {
            warning.at(first_ignored.path())
        } else {
            warning
        })
    }

    /// Access token, then service account, then API key; the strongest kind that was given is the one, even if
    /// it turned out to be wrong.
    fn choose(&self) -> Found {
        let (kind, fields, credentials) = if self.access_token.given.is_given() {
            let token = self.access_token.given.known();
            let credentials = token.map(|token| Credentials::AccessToken(token.into()));
            ("access token", vec![&self.access_token], credentials)
        } else if self.client_id.given.is_given() || self.client_secret.given.is_given() {
            let pair = self
                .client_id
                .given
                .known()
                .zip(self.client_secret.given.known());
            let credentials = pair.map(|(id, secret)| Credentials::ServiceAccount {
                client_id: id.to_owned(),
                client_secret: secret.into(),
            });
            (
                "service account",
                vec![&self.client_id, &self.client_secret],
                credentials,
            )
        } else if self.public_key.given.is_given() || self.private_key.given.is_given() {
            let pair = self
                .public_key
                .given
                .known()
                .zip(self.private_key.given.known());
            let credentials = pair.map(|(public, private)| Credentials::ApiKey {
                public_key: public.to_owned(),
                private_key: private.into(),
            });
            (
                "API key",
                vec![&self.public_key, &self.private_key],
                credentials,
            )
        } else {
            let origin = "none, neither in the provider block nor in the environment".to_owned();
            return Found {
                credentials: None,
                origin,
            };
        };
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let place = if self.from_block {
            "the provider block"
        } else {
            "the environment"
        };
        Found {
            credentials,
            origin: format!("{kind} from {place} ({})", names.join(", ")),
        }
    }
}

/// White space and control characters are in no credential; a line break at the end is what reading a file leaves.
fn stray_characters(field: &Field<'_>) -> Option<Diagnostic> {
    let text = field.given.known()?;
    if !text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let detail = format!(
        "{} holds a blank, a line break or a control character, which no Atlas credential has. \
         If it was read from a file, trimspace(file(…)) takes off the line break at the end.",
        field.name
    );
    let summary = format!("The Atlas credential {} cannot be right", field.attribute);
    Some(Diagnostic::error(summary, detail).at(field.path()))
}
