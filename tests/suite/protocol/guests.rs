//! Who may talk to the provider: guests at its door are refused or bounded, and the host is served meanwhile.

use super::core::{Core, PROCESSOR, atlas, outcome};
use super::{answers, launch};
use atlas_simulator::{Simulator, known};
use plugin_host::tfplugin6::get_provider_schema;
use plugin_host::{
    ClientIdentity, Launch, Network, Peer, Presents, Process, Versions, client_hello,
};
use serde_json::json;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// What no test needs that goes well, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(30);

/// Below what a peer is given to prove itself: who is served within it did not wait for others to be sent away.
const AT_ONCE: Duration = Duration::from_secs(4);

/// How many come at once.
const CROWD: usize = 200;

/// The most that may be open for those of them who have not proved anything: what the provider has besides included.
const FILES: usize = 100;

/// The most that a crowd may add to the peak of the memory, in KiB.
const MEMORY: u64 = 16 << 10;

/// One who is not the host.
#[derive(Clone, Debug)]
enum Guest {
    /// Makes TLS with a certificate that is not the host's, or with none.
    Presents(Presents),
    /// Says this, and waits.
    Says(Vec<u8>),
    /// Says this, a byte at a time and ever again.
    Drips(Vec<u8>),
}

/// All who may come, by name.
fn guests(host: &ClientIdentity) -> Vec<(&'static str, Guest)> {
    let other = || Arc::new(ClientIdentity::generate().unwrap());
    let reissued = |years| Presents::Other(Arc::new(host.reissued(years).unwrap()));
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    let hello = client_hello().unwrap();
    // A record of the handshake that announces a message of 16 MiB.
    let endless = [&[22, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff][..], &[0; 0x3ffc]].concat();
    vec![
        ("no certificate", Guest::Presents(Presents::Nothing)),
        (
            "the same subject and another key",
            Guest::Presents(Presents::Other(other())),
        ),
        (
            "the host's certificate and another key",
            Guest::Presents(Presents::OwnWithKeyOf(other())),
        ),
        (
            "the host's key and an expired certificate",
            Guest::Presents(reissued(2000..2010)),
        ),
        (
            "the host's key and a certificate of the future",
            Guest::Presents(reissued(2080..2090)),
        ),
        (
            "the host's key and another certificate",
            Guest::Presents(reissued(2000..2090)),
        ),
        ("HTTP/2 without TLS", Guest::Says(preface)),
        ("HTTP/1.1", Guest::Says(b"GET / HTTP/1.1\r\n\r\n".to_vec())),
        ("garbage", Guest::Says(vec![0xa5; 4096])),
        ("a message without end", Guest::Says(endless.repeat(16))),
        ("nothing", Guest::Says(Vec::new())),
        ("half of a handshake", Guest::Says(hello.clone())),
        ("a handshake by bytes", Guest::Drips(hello)),
        ("garbage by bytes", Guest::Drips(vec![0xa5])),
    ]
}

/// Whether a guest was sent away without having been served.
async fn sent_away(process: &Process, guest: Guest, versions: Versions) -> bool {
    match guest {
        Guest::Presents(presents) => {
            let peer = Peer {
                presents,
                versions,
                ..Peer::default()
            };
            match process.connect(peer).await {
                Ok(channel) => answers(channel).await.is_err(),
                Err(_) => true,
            }
        }
        Guest::Says(words) => {
            let mut stream = process.open().await.unwrap();
            // It may be sent away before it has finished.
            let _ = stream.write_all(&words).await;
            ends_unserved(&mut stream).await
        }
        Guest::Drips(words) => {
            let stream = process.open().await.unwrap();
            let (mut reader, mut writer) = tokio::io::split(stream);
            let dripping = tokio::spawn(async move {
                for byte in words.into_iter().cycle() {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    if writer.write_all(&[byte]).await.is_err() {
                        break;
                    }
                }
            });
            let ended = ends_unserved(&mut reader).await;
            dripping.abort();
            ended
        }
    }
}

/// Whether a stream ends, and nothing but TLS was said on it.
async fn ends_unserved(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let mut heard = Vec::new();
    // However it ends: with a reset too.
    let ended = timeout(PATIENCE, stream.read_to_end(&mut heard)).await;
    // A handshake or an alert of TLS; the SETTINGS of HTTP/2 begin with a zero.
    ended.is_ok() && heard.first().is_none_or(|kind| [21, 22].contains(kind))
}

/// The host's own calls: the schemas, and a start that Atlas sees.
async fn is_served(core: &Core, simulator: &Simulator) {
    let mut provider = core.provider();
    let schema = provider.get_provider_schema(get_provider_schema::Request {});
    schema.await.unwrap();
    simulator.set_state(PROCESSOR, "STOPPED");
    let request = core.plan(json!({})).await;
    let applied = core.provider().apply_resource_change(request).await;
    let (state, errors) = outcome(applied.unwrap().into_inner());
    assert_eq!((&state["state"], errors), (&json!("STARTED"), vec![]));
}

async fn configured(launch: Launch, base_url: &str) -> Arc<Core> {
    let configuration = json!({"base_url": base_url, "access_token": known::ACCESS_TOKEN});
    Arc::new(Core::start_with(launch, configuration).await)
}

/// All of them come at the same time; the host is served, and comes anew, until the last is sent away.
async fn come(core: &Arc<Core>, simulator: &Simulator, guests: Vec<(String, Guest, Versions)>) {
    let mut coming = JoinSet::new();
    for (who, guest, versions) in guests {
        let core = Arc::clone(core);
        coming.spawn(async move { (who, sent_away(&core.plugin, guest, versions).await) });
    }
    while !coming.is_empty() {
        is_served(core, simulator).await;
        answers(core.plugin.connect(Peer::default()).await.unwrap())
            .await
            .unwrap();
        while let Some(ended) = coming.try_join_next() {
            let (who, away) = ended.unwrap();
            assert!(away, "{who} was let in");
        }
    }
}

#[tokio::test]
async fn check_08_and_12_guests_are_sent_away_and_the_host_is_served_meanwhile() {
    let (simulator, url) = atlas().await;
    let core = configured(launch(), &url).await;
    let guests = guests(core.plugin.identity().unwrap());
    let guests = guests.into_iter().flat_map(|(who, guest)| {
        [Versions::Tls12, Versions::Tls13]
            .map(|versions| (format!("{who}, {versions:?}"), guest.clone(), versions))
    });
    come(&core, &simulator, guests.collect()).await;
}

#[tokio::test]
async fn check_08_an_expired_certificate_is_refused_though_it_is_the_hosts() {
    for years in [2000..2010, 2080..2090] {
        let outdated = ClientIdentity::valid_in(years).unwrap();
        let process = launch().client_certificate(outdated).spawn().await.unwrap();
        for versions in [Versions::Tls12, Versions::Tls13] {
            let own = Guest::Presents(Presents::Own);
            assert!(sent_away(&process, own, versions).await, "{versions:?}");
        }
    }
}

#[tokio::test]
async fn check_08_rubbish_for_a_certificate_is_no_reason_to_go_without() {
    let launch = launch().env("PLUGIN_CLIENT_CERT", "rubbish");
    let error = launch.spawn().await.unwrap_err().to_string();
    assert!(error.contains("PLUGIN_CLIENT_CERT"), "{error}");
}

#[tokio::test]
async fn check_12_without_tls_who_does_not_speak_http2_is_sent_away_and_blocks_nobody() {
    let (simulator, url) = atlas().await;
    let core = configured(launch().plaintext(), &url).await;
    drop(core.plugin.open().await.unwrap());
    let words = [
        "",
        "\u{7f}\u{7f}",
        "PRI * HTTP",
        "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
    ];
    let guests = words.map(|words| {
        let guest = Guest::Says(words.as_bytes().to_vec());
        (format!("who says {words:?}"), guest, Versions::Both)
    });
    come(&core, &simulator, guests.into()).await;
}

#[tokio::test]
async fn check_12_the_hosts_own_slow_connections_block_nobody() {
    let (simulator, url) = atlas().await;
    let core = configured(launch(), &url).await;
    let mut slow = Vec::new();
    for _ in 0..CROWD {
        slow.push(core.plugin.secured(Peer::default()).await.unwrap());
    }
    // Nothing at all; half of the preface; the preface, and headers that never end.
    let headers = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x01\x01\0\0\0\0\x01";
    for (stream, said) in slow
        .iter_mut()
        .zip([0, 9, 33, headers.len()].into_iter().cycle())
    {
        stream.write_all(&headers[..said]).await.unwrap();
        stream.flush().await.unwrap();
    }
    is_served(&core, &simulator).await;
    let another = core.plugin.connect(Peer::default()).await.unwrap();
    answers(another).await.unwrap();
}

#[tokio::test]
async fn check_12_a_crowd_at_the_door_keeps_nobody_out_and_costs_little() {
    let (simulator, url) = atlas().await;
    let hello = client_hello().unwrap();
    for (what, words, launch) in [
        ("that say nothing", &b""[..], launch()),
        ("in the middle of a handshake", &hello, launch()),
        ("that say nothing, without TLS", b"", launch().plaintext()),
    ] {
        let core = configured(launch, &url).await;
        is_served(&core, &simulator).await;
        let before = peak_memory(&core.plugin);
        let mut crowd = Vec::new();
        for _ in 0..CROWD {
            let mut stream = core.plugin.open().await.unwrap();
            let _ = stream.write_all(words).await;
            crowd.push(stream);
        }
        // The host that is there already, and another connection of its own that comes last.
        is_served(&core, &simulator).await;
        let began = Instant::now();
        let last = async { answers(core.plugin.connect(Peer::default()).await.unwrap()).await };
        timeout(AT_ONCE, last)
            .await
            .unwrap_or_else(|_| panic!("a crowd of peers {what} kept the host out"))
            .unwrap();
        let (elapsed, files) = (began.elapsed(), open_files(&core.plugin));
        let memory = peak_memory(&core.plugin) - before;
        let _ = writeln!(
            std::io::stderr(),
            "guests: with {CROWD} peers {what}, the host connects and is answered in {elapsed:.0?}; \
             {files} open files, {memory} KiB more at the peak"
        );
        assert!(files <= FILES, "{files} open files for peers {what}");
        assert!(memory <= MEMORY, "{memory} KiB for peers {what}");
        drop(crowd);
    }
}

#[tokio::test]
async fn check_12_a_crowd_that_presents_a_wrong_certificate_is_refused_and_keeps_nobody_out() {
    let (simulator, url) = atlas().await;
    let core = configured(launch(), &url).await;
    let other = Arc::new(ClientIdentity::generate().unwrap());
    let mut crowd = JoinSet::new();
    for _ in 0..CROWD {
        let (core, guest) = (Arc::clone(&core), Presents::Other(Arc::clone(&other)));
        let guest = Guest::Presents(guest);
        crowd.spawn(async move { sent_away(&core.plugin, guest, Versions::Both).await });
    }
    is_served(&core, &simulator).await;
    let another = core.plugin.connect(Peer::default()).await.unwrap();
    answers(another).await.unwrap();
    assert_eq!(crowd.join_all().await, [true; CROWD]);
    assert!(open_files(&core.plugin) <= FILES);
}

#[tokio::test]
async fn check_16_guests_do_not_keep_the_provider_alive_when_its_host_is_gone() {
    tokio::join!(
        outlived_by_guests(launch()),
        outlived_by_guests(launch().plaintext())
    );
}

async fn outlived_by_guests(launch: Launch) {
    let plugin = launch.start().await.unwrap();
    answers(plugin.channel()).await.unwrap();
    let Network::Unix(socket) = plugin.handshake().network.clone() else {
        panic!("no Unix socket")
    };
    // As soon as one is sent away it comes again, and there is always one that is new.
    let mut guests = JoinSet::new();
    for number in 0..8 {
        let socket = socket.clone();
        guests.spawn(async move {
            tokio::time::sleep(Duration::from_millis(500 * number)).await;
            while let Ok(mut stream) = tokio::net::UnixStream::connect(&socket).await {
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        });
    }
    let mut process = plugin.into_process();
    let ended = process.ended(Instant::now(), PATIENCE).await.unwrap();
    assert_eq!(ended.status.code(), Some(0));
}

/// `VmHWM`, the most memory that a process has had, in KiB.
fn peak_memory(process: &Process) -> u64 {
    let status = std::fs::read_to_string(proc_of(process, "status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let figure = line.unwrap().split_whitespace().next().unwrap();
    figure.parse().unwrap()
}

fn open_files(process: &Process) -> usize {
    std::fs::read_dir(proc_of(process, "fd")).unwrap().count()
}

fn proc_of(process: &Process, what: &str) -> String {
    format!("/proc/{}/{what}", process.id().unwrap())
}
