//! From the start of the process to a connection that may call.

use super::{answers, launch, start};
use plugin_host::{Network, Peer, Plugin, Versions, accepts};
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

fn socket_of(plugin: &Plugin) -> PathBuf {
    match &plugin.handshake().network {
        Network::Unix(path) => path.clone(),
        Network::Tcp(address) => panic!("TCP on {address}"),
    }
}

fn mode_of(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn check_01_a_person_is_told_what_this_is() {
    for cookie in [None, Some("wrong")] {
        let output = launch().cookie(cookie).output().await.unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty(), "standard output is for hosts");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains("provider for Terraform and OpenTofu"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn check_02_six_is_chosen_in_whatever_order_it_is_offered() {
    for versions in ["5,6", "6,5", "6", "4,5,6,7"] {
        let process = launch()
            .protocol_versions(Some(versions))
            .spawn()
            .await
            .unwrap();
        assert_eq!(process.handshake().protocol, 6, "{versions}");
        assert_eq!(process.handshake().multiplexing, None, "{versions}");
    }
}

#[tokio::test]
async fn check_03_a_host_without_six_gets_a_line_that_it_can_complain_about() {
    for versions in [Some("5"), Some("five"), None] {
        let process = launch().protocol_versions(versions).spawn().await.unwrap();
        assert_eq!(process.handshake().protocol, 6, "{versions:?}");
    }
}

#[tokio::test]
async fn check_04_every_certificate_can_be_read_whatever_its_length() {
    let mut lengths = [false; 3];
    for _ in 0..20 {
        // Reading the line refuses padding, white space and other alphabets.
        let process = launch().spawn().await.unwrap();
        let certificate = process.handshake().certificate.clone().unwrap();
        accepts(&certificate, SystemTime::now()).unwrap();
        lengths[certificate.len() % 3] = true;
    }
    assert!(
        lengths[1] || lengths[2],
        "no certificate was of a length that padding is for"
    );
}

#[tokio::test]
async fn check_05_hosts_accept_the_certificate_now_and_with_a_wrong_clock() {
    let process = launch().spawn().await.unwrap();
    let certificate = process.handshake().certificate.clone().unwrap();
    let now = SystemTime::now();
    let day = Duration::from_secs(24 * 60 * 60);
    for at in [now - Duration::from_secs(20), now, now + day] {
        accepts(&certificate, at).unwrap();
    }
}

#[tokio::test]
async fn check_06_each_tls_version_alone_will_do() {
    for versions in [Versions::Tls12, Versions::Tls13] {
        let process = launch().spawn().await.unwrap();
        let channel = process
            .connect(Peer {
                versions,
                ..Peer::default()
            })
            .await
            .unwrap();
        answers(channel).await.unwrap();
    }
}

#[tokio::test]
async fn check_07_h2_is_chosen_where_offered_and_not_missed_elsewhere() {
    let process = launch().spawn().await.unwrap();
    // A connection fails if h2 is offered and not chosen.
    answers(process.connect(Peer::default()).await.unwrap())
        .await
        .unwrap();
    answers(
        process
            .connect(Peer {
                without_alpn: true,
                ..Peer::default()
            })
            .await
            .unwrap(),
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn check_09_without_a_certificate_there_is_plain_http2() {
    let plugin = launch().plaintext().start().await.unwrap();
    assert_eq!(plugin.handshake().certificate, None);
    answers(plugin.channel()).await.unwrap();
    assert!(plugin.shutdown().await.unwrap().status.success());
}

#[tokio::test]
async fn check_10_the_socket_is_private_and_leaves_nothing_behind() {
    let root = tempfile::tempdir().unwrap();
    let plugin = launch().env("TMPDIR", root.path()).start().await.unwrap();
    let socket = socket_of(&plugin);
    assert!(socket.starts_with(root.path()));
    assert_eq!(mode_of(&socket), 0o600);
    assert_eq!(mode_of(socket.parent().unwrap()), 0o700);
    plugin.shutdown().await.unwrap();
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn check_10_the_socket_is_where_the_host_wants_it() {
    let root = tempfile::tempdir().unwrap();
    let plugin = launch()
        .env("PLUGIN_UNIX_SOCKET_DIR", root.path())
        .start()
        .await
        .unwrap();
    let socket = socket_of(&plugin);
    assert_eq!(socket.parent(), Some(root.path()));
    assert_eq!(mode_of(&socket) & 0o002, 0, "not for the world to write to");
    plugin.shutdown().await.unwrap();
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn check_10_whatever_the_temporary_directory_is_called_the_host_finds_the_socket() {
    use std::os::unix::ffi::OsStringExt as _;
    let root = tempfile::tempdir().unwrap();
    let real = root.path().join("real");
    std::fs::create_dir(&real).unwrap();
    let link = root.path().join("link");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let deep = "d".repeat(100);
    let under_root = |name: &[u8]| root.path().join(OsString::from_vec(name.to_vec()));
    for (directory, holds_it) in [
        (under_root(b"with blanks and \xc3\xbcmlaut"), true),
        (link, true),
        // No address can hold it, or the handshake line, whose fields are separated so: it is in /tmp instead.
        (under_root(deep.as_bytes()), false),
        (under_root(b"two|fields"), false),
        (under_root(b"two\nlines"), false),
        (under_root(b"no Unicode \xff"), false),
    ] {
        if !directory.exists() {
            std::fs::create_dir(&directory).unwrap();
        }
        let plugin = launch().env("TMPDIR", &directory).start().await;
        let plugin = plugin.unwrap_or_else(|error| panic!("{directory:?}: {error}"));
        let socket = socket_of(&plugin);
        let parent = if holds_it {
            &directory
        } else {
            Path::new("/tmp")
        };
        assert_eq!(socket.parent().unwrap().parent(), Some(parent));
        assert_eq!(mode_of(socket.parent().unwrap()), 0o700);
        plugin.shutdown().await.unwrap();
        assert!(!socket.parent().unwrap().exists());
    }
}

#[tokio::test]
async fn check_10_a_directory_that_cannot_hold_a_socket_is_named() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    std::fs::write(&file, "").unwrap();
    for variable in ["TMPDIR", "PLUGIN_UNIX_SOCKET_DIR"] {
        for directory in [root.path().join("absent"), file.clone()] {
            let error = launch()
                .env(variable, &directory)
                .spawn()
                .await
                .unwrap_err();
            let error = error.to_string();
            assert!(error.contains(variable), "{error}");
            assert!(error.contains(directory.to_str().unwrap()), "{error}");
        }
    }
    let deep = root.path().join("d".repeat(100));
    std::fs::create_dir(&deep).unwrap();
    for (what, directory) in [("long", deep), ("|", root.path().join("two|fields"))] {
        std::fs::create_dir_all(&directory).unwrap();
        let launch = launch().env("PLUGIN_UNIX_SOCKET_DIR", &directory);
        let error = launch.spawn().await.unwrap_err().to_string();
        assert!(error.contains("PLUGIN_UNIX_SOCKET_DIR"), "{error}");
        assert!(error.contains(what), "{error}");
    }
}

#[tokio::test]
async fn check_11_a_host_that_asks_for_multiplexing_is_told_no() {
    let process = launch()
        .env("PLUGIN_MULTIPLEX_GRPC", "true")
        .spawn()
        .await
        .unwrap();
    assert_eq!(process.handshake().multiplexing, Some(false));
    answers(process.connect(Peer::default()).await.unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn check_13_many_connections_at_once_and_one_after_another() {
    let process = launch().spawn().await.unwrap();
    let (first, second) = (
        process.connect(Peer::default()).await.unwrap(),
        process.connect(Peer::default()).await.unwrap(),
    );
    let (one, two) = tokio::join!(answers(first.clone()), answers(second));
    one.unwrap();
    two.unwrap();
    // The second is closed by now.
    answers(first.clone()).await.unwrap();
    drop(first);
    answers(process.connect(Peer::default()).await.unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn check_13_the_plugin_ends_with_more_than_one_connection_open() {
    let plugin = start().await;
    let other = plugin.connect(Peer::default()).await.unwrap();
    answers(other.clone()).await.unwrap();
    assert!(plugin.shutdown().await.unwrap().status.success());
    assert!(answers(other).await.is_err());
}
