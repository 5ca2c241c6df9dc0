//! The socket on which the host reaches us: a Unix socket that only its owner can reach, TCP on loopback on Windows.

#[cfg(unix)]
mod unix;

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
