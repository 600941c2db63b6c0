//! `[[source]]`: the feeds.

use std::collections::BTreeMap;

use tokio_tungstenite::tungstenite::http::Uri;

use super::reader::{Field, Reader};
use super::secrets::{Keys, Surroundings, secret};
use super::settings::{AsteriskSettings, Secret, SourceKind, SourceSettings, WebsocketSettings};
use super::suggest::one_of;
use crate::model::{FeedId, QueueId, Span, clean};

#[derive(Clone, Copy)]
enum KindWord {
    Websocket,
    Asterisk,
}

/// Kinds of this version.
const KINDS: &[(&str, KindWord)] = &[("websocket", KindWord::Websocket), ("asterisk", KindWord::Asterisk)];

/// Keys of one kind alone, to tell somebody who wrote one under another.
const KEYS: &[(&str, &[&str])] = &[
    ("websocket", &["url", "token_env", "token_file", "max_frame_kb", "ping_s"]),
    ("asterisk", &["host", "port", "tls", "username", "secret_env", "secret_file", "secret", "resync_s", "wrapup_s"]),
];

/// Reads every `[[source]]`.
pub(super) fn sources(list: &Field<'_>, around: &Surroundings<'_>) -> Vec<SourceSettings> {
    let read: Vec<_> = list.tables().into_iter().map(|reader| source(reader, around)).collect();
    validate_names(&read);
    read.into_iter().filter_map(|(_, source)| source).collect()
}

fn source<'t>(mut reader: Reader<'t>, around: &Surroundings<'_>) -> (Field<'t>, Option<SourceSettings>) {
    let name = reader.need("name", "give the feed a short name of its own: name = \"main\"");
    let kind = reader.need("kind", &format!("write kind = {}", one_of(KINDS.iter().map(|(word, _)| *word))));
    let late_after = reader.may("late_after_s");
    let late = seconds_or(&late_after, 1.0..=3600.0, 30.0);
    let id = feed_id(&name);
    let Some(kind) = kind.choice(KINDS) else { return (name, None) };
    let (word, kind) = match kind {
        KindWord::Websocket => {
            let settings = websocket(&mut reader, around);
            if late_after.present() && settings.as_ref().is_some_and(|s| late < s.ping) {
                late_after.warn("is less than ping_s", "a quiet feed is heard of at each ping only; make it longer");
            }
            ("websocket", settings.map(SourceKind::Websocket))
        }
        KindWord::Asterisk => ("asterisk", asterisk(&mut reader, around).map(SourceKind::Asterisk)),
    };
    reader.finish_with(|key| {
        let other = KEYS.iter().find(|(kind, keys)| *kind != word && keys.contains(&key))?.0;
        Some(format!("it is a key of kind = \"{other}\", and this source is kind = \"{word}\""))
    });
    let built = id.zip(kind).map(|(name, kind)| SourceSettings { name, kind, late_after: late });
    (name, built)
}

/// A feed's name: it stands before ids as `feed/id`, so it has no slash.
fn feed_id(field: &Field<'_>) -> Option<FeedId> {
    let text = field.name(64)?;
    if text.contains('/') {
        field.error("holds a slash", "leave it out: ids are written feed/id");
        return None;
    }
    Some(FeedId::new(&text))
}

fn validate_names(read: &[(Field<'_>, Option<SourceSettings>)]) {
    let mut seen: BTreeMap<String, &Field<'_>> = BTreeMap::new();
    for (field, source) in read {
        let Some(source) = source else { continue };
        if let Some(first) = seen.get(source.name.as_str()) {
            let what = format!("'{}' is the name of another source ({})", source.name, first.path);
            field.error(what, "give each source a name of its own");
        } else {
            seen.insert(source.name.as_str().to_owned(), field);
        }
    }
}

fn websocket(reader: &mut Reader<'_>, around: &Surroundings<'_>) -> Option<WebsocketSettings> {
    let field = reader.need("url", "write url = \"wss://host/path\"");
    let url = field.text().filter(|url| validate_url(&field, url));
    let keys = Keys { plain: None, env: "token_env", file: "token_file", required: false };
    let token = secret(reader, &keys, around);
    let max_frame = reader.may("max_frame_kb");
    let max_frame = if max_frame.present() { max_frame.whole(1..=65_536).unwrap_or_default() } else { 1024 };
    let ping = seconds_or(&reader.may("ping_s"), 1.0..=600.0, 10.0);
    let url = url?;
    if token.is_some() && url.starts_with("ws://") && !is_loopback(&url) {
        field.warn("sends the token over the network in the clear", "use wss:// where the server has it");
    }
    Some(WebsocketSettings { url, token, max_frame: usize::try_from(max_frame).unwrap_or(0) * 1024, ping })
}

/// Checks with the very parser the client uses. The URL itself is not repeated: it may hold a token.
fn validate_url(field: &Field<'_>, url: &str) -> bool {
    let example = "write it like \"wss://host:port/path\"";
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    let problem = match (scheme, url.parse::<Uri>()) {
        (None, _) => Some("has no scheme".to_owned()),
        (Some(scheme @ ("http" | "https")), _) => {
            let ws = scheme.replace("http", "ws");
            field.error(format!("is an {scheme} address"), format!("a stream is {ws}://, with the same host"));
            return false;
        }
        (Some(scheme), _) if !matches!(scheme, "ws" | "wss") => {
            Some(format!("its scheme '{}' is neither ws nor wss", clean(scheme, 16)))
        }
        (_, Err(why)) => Some(format!("is no URL: {why}")),
        (_, Ok(uri)) => match uri.authority() {
            Some(authority) if authority.as_str().contains('@') => {
                field.error("holds a user or password", "leave them out and put a token into token_env or token_file");
                return false;
            }
            Some(authority) if authority.host().is_empty() => Some("has no host".to_owned()),
            Some(authority) => match authority.as_str().strip_prefix(authority.host()) {
                Some("") => None,
                _ if authority.port_u16().is_some_and(|port| port > 0) => None,
                _ => Some("its port is not a number from 1 to 65535".to_owned()),
            },
            None => Some("has no host".to_owned()),
        },
    };
    match problem {
        Some(what) => {
            field.error(what, example);
            false
        }
        None => true,
    }
}

fn is_loopback(url: &str) -> bool {
    let uri = url.parse::<Uri>();
    let host = uri.as_ref().ok().and_then(Uri::host).unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn asterisk(reader: &mut Reader<'_>, around: &Surroundings<'_>) -> Option<AsteriskSettings> {
    let host = host(&reader.need("host", "write host = \"pbx.example.net\""));
    let tls = reader.may("tls");
    let tls = if tls.present() { tls.switch().unwrap_or_default() } else { false };
    let port = reader.may("port");
    let port = if port.present() { port.whole(1..=65_535) } else { Some(if tls { 5039 } else { 5038 }) };
    let username = reader.need("username", "write the name of the account in manager.conf").name(96);
    let keys = Keys { plain: Some("secret"), env: "secret_env", file: "secret_file", required: true };
    let secret: Option<Secret> = secret(reader, &keys, around);
    let resync = seconds_or(&reader.may("resync_s"), 10.0..=600.0, 45.0);
    let wrapup = wrapup(&reader.may("wrapup_s"));
    Some(AsteriskSettings {
        host: host?,
        port: u16::try_from(port?).ok()?,
        tls,
        username: username?,
        secret: secret?,
        resync,
        wrapup,
    })
}

/// A host name or address, without scheme and port.
fn host(field: &Field<'_>) -> Option<String> {
    let host = field.text()?;
    let bare = host.trim_matches(['[', ']']);
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return Some(bare.to_owned());
    }
    if host.contains("://") {
        field.error("is a URL", "write the host name alone");
    } else if host.contains(':') {
        field.error("holds a port", "write the host name alone, and the port under port");
    } else if host.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '@' | '?' | '#')) {
        field.error("is no host name", "write a name like \"pbx.example.net\" or an address");
    } else {
        return Some(host);
    }
    None
}

fn wrapup(field: &Field<'_>) -> Vec<(QueueId, Span)> {
    let mut list = Vec::new();
    for (queue, at, seconds) in field.table().entries() {
        let id = QueueId::new(queue);
        if id.as_str() != queue || queue.is_empty() {
            let remedy = "write the queue's name as Asterisk has it".to_owned();
            seconds.report.error(at, &seconds.path, "is no name of a queue", Some(remedy));
        } else if let Some(span) = seconds.seconds(0.0..=3600.0) {
            list.push((id, span));
        }
    }
    list
}

/// Seconds where the key is there, else the default; nothing sensible where they are wrong (and reported).
fn seconds_or(field: &Field<'_>, range: std::ops::RangeInclusive<f64>, default: f64) -> Span {
    if field.present() { field.seconds(range).unwrap_or_default() } else { Span::from_secs_f64(default) }
}
