//! Connections to a plugin, made as Go hosts make them and, where a test wants it, otherwise.

use crate::error::PluginError;
use crate::handshake::{Handshake, Network};
use crate::identity::ClientIdentity;
use hyper_util::rt::TokioIo;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

/// How a connection is made. The default is what Terraform does.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    /// The certificate that is presented.
    pub presents: Presents,
    /// The TLS versions that are offered.
    pub versions: Versions,
    /// Whether the application protocol is left open, as an old host would.
    pub without_alpn: bool,
}

/// Which certificate a connection presents.
#[derive(Clone, Debug, Default)]
pub enum Presents {
    /// That which the plugin was told of.
    #[default]
    Own,
    /// None at all.
    Nothing,
    /// Another one.
    Other(Arc<ClientIdentity>),
    /// That which the plugin was told of, by somebody who has only seen it: the key is that of another one.
    OwnWithKeyOf(Arc<ClientIdentity>),
}

/// The TLS versions that a connection offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versions {
    /// 1.2 and 1.3.
    #[default]
    Both,
    /// 1.2 alone.
    Tls12,
    /// 1.3 alone.
    Tls13,
}

/// A byte stream to a plugin.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A gRPC channel of one connection; it is made anew when it breaks.
pub(crate) async fn channel(
    handshake: &Handshake,
    own: Option<&ClientIdentity>,
    peer: Peer,
) -> Result<Channel, PluginError> {
    let tls = match &handshake.certificate {
        Some(_) => Some(Tls {
            connector: connector(handshake, own, &peer)?,
            needs_h2: !peer.without_alpn,
        }),
        None => None,
    };
    let network = handshake.network.clone();
    let service = tower::service_fn(move |_| {
        let (network, tls) = (network.clone(), tls.clone());
        async move {
            let stream = open(&network).await?;
            let stream = match tls {
                Some(tls) => tls.secure(stream).await?,
                None => stream,
            };
            Ok::<_, io::Error>(TokioIo::new(stream))
        }
    });
    // TLS is done below, so the scheme must not ask for it; Go's authority is localhost as well.
    Endpoint::from_static("http://localhost")
        .connect_with_connector(service)
        .await
        .map_err(PluginError::because("cannot connect to the plugin"))
}

/// A gRPC channel to a plugin that nobody started: one that a developer runs, without TLS.
///
/// # Errors
///
/// Nobody listens there.
pub async fn attach(network: Network) -> Result<Channel, PluginError> {
    let handshake = Handshake {
        protocol: 6,
        network,
        certificate: None,
        multiplexing: None,
    };
    channel(&handshake, None, Peer::default()).await
}

/// Whether a host would accept a plugin's certificate at a time, as the only root that it trusts.
///
/// # Errors
///
/// It is not one certificate, not valid then, not for `localhost`, or not for servers.
pub fn accepts(certificate: &CertificateDer<'_>, at: SystemTime) -> Result<(), PluginError> {
    let refused = "a host refuses the plugin's certificate";
    let mut roots = RootCertStore::empty();
    roots
        .add(certificate.clone().into_owned())
        .map_err(PluginError::because(refused))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(PluginError::because(refused))?;
    let name = ServerName::try_from("localhost").map_err(PluginError::because(refused))?;
    let at = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_err(PluginError::because(refused))?;
    verifier
        .verify_server_cert(certificate, &[], &name, &[], UnixTime::since_unix_epoch(at))
        .map(|_| ())
        .map_err(PluginError::because(refused))
}

/// A bare connection, on which nothing has been said.
pub(crate) async fn open(network: &Network) -> io::Result<Pin<Box<dyn Stream>>> {
    Ok(match network {
        Network::Unix(path) => Box::pin(UnixStream::connect(path).await?),
        Network::Tcp(address) => Box::pin(TcpStream::connect(address).await?),
    })
}

/// A connection after its TLS handshake, on which nothing has been said yet.
pub(crate) async fn secured(
    handshake: &Handshake,
    own: Option<&ClientIdentity>,
    peer: Peer,
) -> Result<Pin<Box<dyn Stream>>, PluginError> {
    let tls = Tls {
        connector: connector(handshake, own, &peer)?,
        needs_h2: !peer.without_alpn,
    };
    let failed = "cannot connect to the plugin";
    let stream = open(&handshake.network)
        .await
        .map_err(PluginError::because(failed))?;
    tls.secure(stream)
        .await
        .map_err(PluginError::because(failed))
}

/// What a client says first in TLS, and then waits for an answer.
///
/// # Errors
///
/// TLS cannot be set up.
pub fn client_hello() -> Result<Vec<u8>, PluginError> {
    let failed = "cannot make a ClientHello";
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(PluginError::because(failed))?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").map_err(PluginError::because(failed))?;
    let mut client = rustls::ClientConnection::new(Arc::new(config), name)
        .map_err(PluginError::because(failed))?;
    let mut hello = Vec::new();
    client
        .write_tls(&mut hello)
        .map_err(PluginError::because(failed))?;
    Ok(hello)
}

#[derive(Clone)]
struct Tls {
    connector: TlsConnector,
    needs_h2: bool,
}

impl Tls {
    async fn secure(self, stream: Pin<Box<dyn Stream>>) -> io::Result<Pin<Box<dyn Stream>>> {
        let stream = self
            .connector
            .connect(
                ServerName::try_from("localhost").map_err(io::Error::other)?,
                stream,
            )
            .await?;
        if self.needs_h2 && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err(io::Error::other(
                "the plugin did not choose the application protocol h2",
            ));
        }
        Ok(Box::pin(stream))
    }
}

fn connector(
    handshake: &Handshake,
    own: Option<&ClientIdentity>,
    peer: &Peer,
) -> Result<TlsConnector, PluginError> {
    let failed = "cannot set up TLS";
    let mut roots = RootCertStore::empty();
    if let Some(certificate) = &handshake.certificate {
        roots
            .add(certificate.clone())
            .map_err(PluginError::because(
                "the plugin's certificate cannot be trusted",
            ))?;
    }
    let versions: &[&SupportedProtocolVersion] = match peer.versions {
        Versions::Both => &[&rustls::version::TLS12, &rustls::version::TLS13],
        Versions::Tls12 => &[&rustls::version::TLS12],
        Versions::Tls13 => &[&rustls::version::TLS13],
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_protocol_versions(versions)
    .map_err(PluginError::because(failed))?
    .with_root_certificates(roots);
    let identity = match (&peer.presents, own) {
        (Presents::Own, Some(own)) => Some((own, own)),
        (Presents::Other(other), _) => Some((&**other, &**other)),
        (Presents::OwnWithKeyOf(other), Some(own)) => Some((own, &**other)),
        (Presents::Nothing, _) | (_, None) => None,
    };
    let mut config = match identity {
        Some((certificate, key)) => {
            let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key.key()?)
                .map_err(PluginError::because(failed))?;
            // Made by hand: the usual ways refuse a key that is not the certificate's.
            let pair = CertifiedKey::new(vec![certificate.certificate()], key);
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(pair)))
        }
        None => builder.with_no_client_auth(),
    };
    if !peer.without_alpn {
        config.alpn_protocols = vec![b"h2".to_vec()];
    }
    Ok(TlsConnector::from(Arc::new(config)))
}
