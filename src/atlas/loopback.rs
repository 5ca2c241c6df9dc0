//! Whether a URL names this machine.

use url::{Host, Url};

/// Whether the host of `url` is this machine: `localhost`, a name below it (RFC 6761 §6.3), or an address of loopback.
///
/// What goes there leaves the machine by no network and through no proxy, so that plain HTTP is no danger. Both follow from this
/// one answer: where they differed, credentials could go in the clear to a proxy without a word of warning.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_many_names() {
        for (url, expected) in [
            ("http://localhost:8080/", true),
            ("http://LOCALHOST./", true),
            ("http://atlas.localhost/", true),
            ("http://127.0.0.1/", true),
            ("http://127.8.9.10/", true),
            ("http://[::1]:8080/", true),
            ("http://[::ffff:127.0.0.1]/", true),
            ("http://localhost.example.com/", false),
            ("http://notlocalhost/", false),
            ("http://192.0.2.1/", false),
            ("http://[::2]/", false),
            ("unix:/run/atlas", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
