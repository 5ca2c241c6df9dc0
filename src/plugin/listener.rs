//! The socket on which the host reaches us: a Unix socket that only its owner can reach, TCP on loopback on Windows.

use super::env::Environment;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::io::{AsyncRead, AsyncWrite};
#[cfg(any(not(unix), test))]
use tokio::net::TcpListener;

/// A byte stream in both directions.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Where a listener listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// The path of a Unix socket.
    #[cfg_attr(not(unix), allow(dead_code, reason = "Windows is reached over TCP"))]
    Unix(PathBuf),
    /// A port on loopback.
    #[cfg_attr(
        all(unix, not(test)),
        allow(dead_code, reason = "only Windows is reached over TCP")
    )]
    Tcp(SocketAddr),
}

impl Address {
    /// The network as go-plugin names it.
    pub(crate) fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }

    /// Path, or address and port.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Unix(path) => path.display().to_string(),
            Self::Tcp(address) => address.to_string(),
        }
    }
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen {place}")]
pub(crate) struct ListenError {
    place: String,
    source: io::Error,
}

impl ListenError {
    fn new(place: impl fmt::Display, source: io::Error) -> Self {
        Self {
            place: place.to_string(),
            source,
        }
    }
}

/// Listens where this platform's hosts look for a plugin.
pub(crate) async fn bind(environment: &Environment) -> Result<Listener, ListenError> {
    #[cfg(unix)]
    return unix::bind(environment).map(Listener::Unix);
    #[cfg(not(unix))]
    bind_tcp(environment).await.map(Listener::Tcp)
}

/// Where [`bind`] would listen, without opening anything: the directory is the right one, the names in it are made up.
pub(crate) fn address_in(environment: &Environment) -> Result<Address, ListenError> {
    #[cfg(unix)]
    return unix::path_in(environment).map(Address::Unix);
    #[cfg(not(unix))]
    Ok(Address::Tcp(
        (std::net::Ipv4Addr::LOCALHOST, *environment.ports().start()).into(),
    ))
}

/// A socket that is listening; what it left in the file system is removed when it is dropped.
#[derive(Debug)]
pub(crate) enum Listener {
    #[cfg(unix)]
    Unix(unix::Socket),
    #[cfg(any(not(unix), test))]
    Tcp(TcpListener),
    /// Panics when it is asked for a connection.
    #[cfg(test)]
    Broken,
}

impl Listener {
    pub(crate) fn address(&self) -> Result<Address, ListenError> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Address::Unix(socket.path().to_owned())),
            #[cfg(any(not(unix), test))]
            Self::Tcp(listener) => listener
                .local_addr()
                .map(Address::Tcp)
                .map_err(|error| ListenError::new("on loopback", error)),
            #[cfg(test)]
            Self::Broken => Ok(Address::Unix(PathBuf::new())),
        }
    }

    pub(crate) async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Box::new(socket.accept().await?)),
            #[cfg(any(not(unix), test))]
            Self::Tcp(listener) => Ok(Box::new(listener.accept().await?.0)),
            #[cfg(test)]
            Self::Broken => panic!("a listener that is broken"),
        }
    }
}

/// Takes the first free port of the range that the host gave.
#[cfg(any(not(unix), test))]
async fn bind_tcp(environment: &Environment) -> Result<TcpListener, ListenError> {
    let ports = environment.ports();
    let mut failure = io::Error::from(io::ErrorKind::AddrInUse);
    for port in ports.clone() {
        match TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    let (low, high) = (ports.start(), ports.end());
    Err(ListenError::new(
        format_args!("on any port of 127.0.0.1 from {low} to {high}"),
        failure,
    ))
}

#[cfg(unix)]
mod unix {
    use super::{Environment, ListenError};
    use std::fs::{Permissions, set_permissions};
    use std::io;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, chown};
    use std::path::{Path, PathBuf};
    use tempfile::{NamedTempFile, TempDir};
    use tokio::net::{UnixListener, UnixStream};

    /// Bytes of a path that fit into a socket's address everywhere (macOS has the shortest: 104 with the final zero).
    const LONGEST_PATH: usize = 103;

    /// As long as the names that sockets and their directories get.
    const MADE_UP: &str = "plugin-123456";

    /// A listening socket. Its fields are in the order in which they must go: the socket, then its directory.
    #[derive(Debug)]
    pub(crate) struct Socket {
        socket: NamedTempFile<UnixListener>,
        _directory: Option<TempDir>,
    }

    impl Socket {
        pub(super) fn path(&self) -> &Path {
            self.socket.path()
        }

        pub(super) async fn accept(&self) -> io::Result<UnixStream> {
            Ok(self.socket.as_file().accept().await?.0)
        }
    }

    /// Listens in the directory that the host names, else in a new one that only we can enter.
    pub(super) fn bind(environment: &Environment) -> Result<Socket, ListenError> {
        let group = environment.socket_group();
        if let Some(directory) = environment.socket_directory() {
            // The host's own: what it allows is its own affair.
            let socket = listen(&directory, group.as_deref());
            return socket
                .map(|socket| Socket {
                    socket,
                    _directory: None,
                })
                .map_err(|error| {
                    ListenError::new(directory_of("PLUGIN_UNIX_SOCKET_DIR", &directory), error)
                });
        }
        let parent = parent_directory(environment);
        let named = |error| ListenError::new(directory_of("TMPDIR", &parent), error);
        let directory = private_directory(&parent, group.as_deref()).map_err(named)?;
        let socket = listen(directory.path(), group.as_deref()).map_err(named)?;
        Ok(Socket {
            socket,
            _directory: Some(directory),
        })
    }

    /// A path such as [`bind`] would make.
    pub(super) fn path_in(environment: &Environment) -> Result<PathBuf, ListenError> {
        let Some(directory) = environment.socket_directory() else {
            return Ok(parent_directory(environment).join(MADE_UP).join(MADE_UP));
        };
        let path = directory.join(MADE_UP);
        fits(&path).map_err(|error| {
            ListenError::new(directory_of("PLUGIN_UNIX_SOCKET_DIR", &directory), error)
        })?;
        Ok(path)
    }

    fn directory_of(variable: &str, directory: &Path) -> String {
        format!("in {directory:?} (set {variable} to a short path of a writable directory)")
    }

    /// The temporary directory, unless no socket's address can hold its path, or the host cannot be told of it.
    fn parent_directory(environment: &Environment) -> PathBuf {
        let directory = environment.temporary_directory();
        // A directory and a socket in it are still to come.
        let longest = LONGEST_PATH - 2 * ("/".len() + MADE_UP.len());
        if directory.as_os_str().as_bytes().len() <= longest && can_be_told(&directory) {
            directory
        } else {
            PathBuf::from("/tmp")
        }
    }

    /// Whether a socket can be at a path.
    fn fits(path: &Path) -> io::Result<()> {
        let why = if path.as_os_str().as_bytes().len() > LONGEST_PATH {
            "is too long for a socket"
        } else if !can_be_told(path) {
            "cannot be told to the host: it holds | or what is no text"
        } else {
            return Ok(());
        };
        let message = format!("the path {path:?} {why}");
        Err(io::Error::new(io::ErrorKind::InvalidFilename, message))
    }

    /// Whether the handshake line can hold a path: one line of Unicode, whose fields are separated by `|`.
    fn can_be_told(path: &Path) -> bool {
        path.to_str()
            .is_some_and(|text| !text.contains(|c: char| c == '|' || c.is_control()))
    }

    fn private_directory(parent: &Path, group: Option<&str>) -> io::Result<TempDir> {
        let mode = if group.is_some() { 0o710 } else { 0o700 };
        let directory = tempfile::Builder::new()
            .prefix("plugin-")
            .permissions(Permissions::from_mode(mode))
            .tempdir_in(parent)?;
        give_to(directory.path(), group)?;
        Ok(directory)
    }

    fn listen(directory: &Path, group: Option<&str>) -> io::Result<NamedTempFile<UnixListener>> {
        let socket = tempfile::Builder::new()
            .prefix("plugin-")
            .make_in(directory, |path| {
                fits(path)?;
                UnixListener::bind(path)
            })?;
        give_to(socket.path(), group)?;
        let mode = if group.is_some() { 0o660 } else { 0o600 };
        set_permissions(socket.path(), Permissions::from_mode(mode))?;
        Ok(socket)
    }

    fn give_to(path: &Path, group: Option<&str>) -> io::Result<()> {
        let Some(group) = group else { return Ok(()) };
        chown(path, None, Some(group_id(group)?))
    }

    /// The number of a group that is given by number or by name.
    fn group_id(group: &str) -> io::Result<u32> {
        if let Ok(id) = group.parse() {
            return Ok(id);
        }
        let groups = std::fs::read_to_string("/etc/group")?;
        find_group(&groups, group).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                format!("/etc/group has no group {group:?}"),
            )
        })
    }

    /// Looks a name up in the text of `/etc/group`: name, password, number and members, separated by colons.
    fn find_group(groups: &str, name: &str) -> Option<u32> {
        groups.lines().find_map(|line| {
            let mut fields = line.split(':');
            if fields.next() == Some(name) {
                fields.nth(1)?.parse().ok()
            } else {
                None
            }
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use std::os::unix::fs::MetadataExt as _;

        fn environment(variables: &[(&str, &Path)]) -> Environment {
            variables
                .iter()
                .map(|(name, value)| (*name, *value))
                .collect()
        }

        #[tokio::test]
        async fn the_socket_is_its_owners_alone_and_leaves_nothing() {
            let root = tempfile::tempdir().unwrap();
            let socket = bind(&environment(&[("TMPDIR", root.path())])).unwrap();
            let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
            let path = socket.path().to_owned();
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().unwrap()), 0o700);
            assert!(path.starts_with(root.path()));
            drop(socket);
            assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
        }

        #[tokio::test]
        async fn a_directory_that_the_host_names_holds_the_socket_itself() {
            let root = tempfile::tempdir().unwrap();
            let socket = bind(&environment(&[("PLUGIN_UNIX_SOCKET_DIR", root.path())])).unwrap();
            assert_eq!(socket.path().parent(), Some(root.path()));
            drop(socket);
            assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
        }

        #[tokio::test]
        async fn a_group_may_connect_where_the_host_says_so() {
            let root = tempfile::tempdir().unwrap();
            // Our own group: no privilege is needed to give a file to it.
            let group = root.path().metadata().unwrap().gid().to_string();
            let variables = [
                ("TMPDIR", root.path()),
                ("PLUGIN_UNIX_SOCKET_GROUP", Path::new(&group)),
            ];
            let socket = bind(&environment(&variables)).unwrap();
            assert_eq!(socket.path().metadata().unwrap().mode() & 0o777, 0o660);
            assert_eq!(
                socket.path().parent().unwrap().metadata().unwrap().mode() & 0o777,
                0o710
            );
        }

        #[tokio::test]
        async fn a_path_that_no_address_can_hold_is_avoided_or_named() {
            let root = tempfile::tempdir().unwrap();
            let deep = root.path().join("d".repeat(100));
            std::fs::create_dir(&deep).unwrap();
            let socket = bind(&environment(&[("TMPDIR", &deep)])).unwrap();
            assert!(socket.path().starts_with("/tmp"));
            let error = bind(&environment(&[("PLUGIN_UNIX_SOCKET_DIR", &deep)])).unwrap_err();
            assert!(
                error.to_string().contains("PLUGIN_UNIX_SOCKET_DIR"),
                "{error}"
            );
        }

        #[test]
        fn groups_are_found_by_name() {
            let groups = "root:x:0:\nstaff:x:50:ann,bob\nbroken\n";
            for (name, id) in [
                ("staff", Some(50)),
                ("root", Some(0)),
                ("ann", None),
                ("broken", None),
            ] {
                assert_eq!(find_group(groups, name), id, "{name}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tcp_listens_on_loopback_or_names_the_ports_that_are_taken() {
        let any = Listener::Tcp(bind_tcp(&Environment::default()).await.unwrap());
        let Address::Tcp(address) = any.address().unwrap() else {
            panic!("not TCP")
        };
        assert!(address.ip().is_loopback());
        let port = address.port().to_string();
        let taken = [("PLUGIN_MIN_PORT", &port), ("PLUGIN_MAX_PORT", &port)];
        let error = bind_tcp(&Environment::from_iter(taken)).await.unwrap_err();
        assert!(error.to_string().contains(&port), "{error}");
    }
}
