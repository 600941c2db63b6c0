//! Why a connection ended, in words for people, and whether trying again soon is of use.

use std::io;

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::SessionEnd;
use crate::model::{Anomaly, Label};

/// The end where no connection came about.
pub(super) fn no_connection(e: &Error) -> SessionEnd {
    match e {
        Error::Http(response) => refused(response.status()),
        Error::Io(io) => match certificate(io) {
            Some(why) => SessionEnd::Failed(Label::new(&format!("TLS: {why}"))),
            None => lost(e),
        },
        Error::Protocol(ProtocolError::HandshakeIncomplete | ProtocolError::ResetWithoutClosingHandshake) => {
            SessionEnd::Lost(Label::new("the server hung up during the upgrade"))
        }
        Error::Protocol(_) | Error::HttpFormat(_) => {
            SessionEnd::Failed(Label::new(&format!("no websocket server: {}", plain(e))))
        }
        Error::Url(_) | Error::Tls(_) => SessionEnd::Failed(Label::new(&plain(e))),
        _ => lost(e),
    }
}

/// The end where a connection broke.
pub(super) fn lost(e: &Error) -> SessionEnd {
    SessionEnd::Lost(Label::new(&plain(e)))
}

/// An answer other than the upgrade.
fn refused(status: StatusCode) -> SessionEnd {
    let (why, again) = match status.as_u16() {
        401 => ("the token is missing or wrong", false),
        403 => ("this token may not read the feed", false),
        404 => ("no such path on the server", false),
        408 | 429 => ("too many tries; asked to wait", true),
        300..=399 => ("the server sends elsewhere, which is not followed", false),
        400..=499 => ("the server refused the upgrade", false),
        200..=299 => ("no websocket server", false),
        _ => ("the server is in trouble", true),
    };
    let why = Label::new(&format!("HTTP {}: {why}", status.as_u16()));
    if again { SessionEnd::Lost(why) } else { SessionEnd::Failed(why) }
}

/// The end the server announced. 3000 and 3003 are registered for 'unauthorized' and 'forbidden'; many servers say the same
/// with HTTP's numbers in the private range.
pub(super) fn closed(close: Option<&CloseFrame>) -> SessionEnd {
    let Some(close) = close else { return SessionEnd::Lost(Label::new("the server closed, without a reason")) };
    let code = u16::from(close.code);
    let (meaning, again) = match code {
        1000 => ("done", true),
        1001 => ("going away", true),
        1002 => ("it saw a protocol error", true),
        1003 => ("it does not take what we sent", true),
        1007 => ("it saw bad text", true),
        1008 => ("against its policy", false),
        1009 => ("a message was too large", true),
        1011 => ("an error of its own", true),
        1012 => ("restarting", true),
        1013 => ("try again later", true),
        3000 | 4401 => ("not authorized", false),
        3003 | 4403 => ("not allowed", false),
        _ => ("for a reason of its own", true),
    };
    let said = close.reason.trim();
    let why = if said.is_empty() {
        format!("the server closed: {meaning} ({code})")
    } else {
        format!("the server closed: {meaning} ({code}): {said}")
    };
    let why = Label::new(&why);
    if again { SessionEnd::Lost(why) } else { SessionEnd::Failed(why) }
}

/// What an error says about the bytes themselves, where it does.
pub(super) fn anomaly(e: &Error) -> Option<(Anomaly, String)> {
    match e {
        Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
            Some((Anomaly::TooLong, format!("a message of {size} bytes or more, allowed are {max_size}")))
        }
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Capacity(_) | Error::Utf8(_) | Error::Protocol(_) => Some((Anomaly::Malformed, plain(e))),
        _ => None,
    }
}

/// An error in few words, without the address.
pub(super) fn plain(e: &Error) -> String {
    match e {
        Error::ConnectionClosed | Error::AlreadyClosed => "the connection ended".to_owned(),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            "the server went away without a word".to_owned()
        }
        Error::Capacity(CapacityError::MessageTooLong { max_size, .. }) => {
            format!("a message larger than {max_size} bytes")
        }
        Error::Utf8(_) => "a text frame that is not UTF-8".to_owned(),
        Error::Io(io) => match io.kind() {
            io::ErrorKind::ConnectionRefused => "connection refused: is the server running?".to_owned(),
            io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
            io::ErrorKind::UnexpectedEof => "the connection ended".to_owned(),
            _ => io.to_string(),
        },
        Error::Url(_) => "the url names no server that can be reached".to_owned(),
        other => other.to_string(),
    }
}

/// A certificate that is not trusted does not become so by trying again.
fn certificate(io: &io::Error) -> Option<String> {
    let inner = io.get_ref()?;
    let tls = inner.downcast_ref::<rustls::Error>()?;
    match tls {
        rustls::Error::InvalidCertificate(_)
        | rustls::Error::NoCertificatesPresented
        | rustls::Error::InvalidMessage(_)
        | rustls::Error::PeerIncompatible(_) => Some(tls.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

    fn close(code: u16, reason: &str) -> SessionEnd {
        closed(Some(&CloseFrame { code: CloseCode::from(code), reason: reason.to_owned().into() }))
    }

    #[test]
    fn a_close_is_explained_and_only_a_refusal_is_final() {
        assert_eq!(close(1012, ""), SessionEnd::Lost(Label::new("the server closed: restarting (1012)")));
        assert_eq!(
            close(1008, "bad\u{1b}[31m token"),
            SessionEnd::Failed(Label::new("the server closed: against its policy (1008): bad[31m token"))
        );
        for (code, failed) in [(1000, false), (1001, false), (1011, false), (3000, true), (4403, true), (4999, false)] {
            assert_eq!(matches!(close(code, ""), SessionEnd::Failed(_)), failed, "{code}");
        }
        assert!(matches!(closed(None), SessionEnd::Lost(_)));
    }

    #[test]
    fn a_refused_upgrade_is_final_unless_the_server_is_in_trouble() {
        for (status, failed) in
            [(401, true), (403, true), (404, true), (302, true), (429, false), (500, false), (503, false)]
        {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            assert_eq!(matches!(refused(status), SessionEnd::Failed(_)), failed, "{status}");
        }
    }
}
