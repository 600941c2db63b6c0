//! The connection below a session: the task that drains the socket, and TLS.

use crate::model::{Label, Time};
use crate::source::session::SessionEnd;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Bytes kept between the socket and the mapper.
pub const RING: usize = 4 * 1024 * 1024;
/// … in at most so many reads.
pub(super) const CHUNKS: usize = 16_384;
const READ: usize = 64 * 1024;

/// What the reader task hands over.
pub(super) enum Chunk {
    Bytes(Time, Vec<u8>, OwnedSemaphorePermit),
    Overrun,
    Ended(Label),
}

/// What a recorder hears of a connection, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    /// The connection stands.
    Connect(Time),
    /// One read of it.
    Bytes(Time, Vec<u8>),
    /// It ended.
    Eof(Time),
    /// It was not had.
    Refused(Time),
}

/// A recorder's ear. What it has no room for ends the session: a recording has no holes it does not tell.
pub type Tee = mpsc::Sender<Raw>;

/// Drains the socket. It waits for nobody: what does not fit ends the session.
pub(super) async fn drain<R: AsyncRead + Unpin>(
    mut reading: R,
    chunks: mpsc::Sender<Chunk>,
    now: impl Fn() -> Time,
    tee: Option<Tee>,
) {
    let room = Arc::new(Semaphore::new(RING));
    let mut buf = vec![0; READ];
    loop {
        let n = match reading.read(&mut buf).await {
            Ok(0) => break send_last(&chunks, Chunk::Ended(Label::new("connection closed"))).await,
            Ok(n) => n,
            Err(error) => break send_last(&chunks, Chunk::Ended(Label::new(&error.to_string()))).await,
        };
        let at = now();
        let permits = u32::try_from(n).unwrap_or(u32::MAX);
        let Ok(permit) = Arc::clone(&room).try_acquire_many_owned(permits) else {
            break send_last(&chunks, Chunk::Overrun).await;
        };
        let bytes = buf.get(..n).unwrap_or_default().to_vec();
        if tee.as_ref().is_some_and(|tee| tee.try_send(Raw::Bytes(at, bytes.clone())).is_err()) {
            break send_last(&chunks, Chunk::Overrun).await;
        }
        if let Err(error) = chunks.try_send(Chunk::Bytes(at, bytes, permit)) {
            if matches!(error, mpsc::error::TrySendError::Full(_)) {
                send_last(&chunks, Chunk::Overrun).await;
            }
            break;
        }
    }
}

async fn send_last(chunks: &mpsc::Sender<Chunk>, last: Chunk) {
    // The session may be over already.
    let _ = chunks.send(last).await;
}

/// TLS with the operating system's trusted roots.
pub(super) async fn tls(
    host: &str,
    stream: TcpStream,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, SessionEnd> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = rustls::pki_types::ServerName::try_from(host.to_owned())
        .map_err(|error| failed(&format!("'{host}' is no name for TLS: {error}")))?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    connector.connect(name, stream).await.map_err(|error| {
        // A certificate nobody vouches for will not be better in a second.
        let hopeless = error.to_string().contains("certificate");
        if hopeless { failed(&format!("TLS: {error}")) } else { SessionEnd::Lost(Label::new(&format!("TLS: {error}"))) }
    })
}

fn failed(why: &str) -> SessionEnd {
    SessionEnd::Failed(Label::new(why))
}
