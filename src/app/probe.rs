//! Asks each source once whether it can be reached: for `floorwatch check`.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::clock::Clock;
use crate::config::{Settings, SourceKind};
use crate::model::{Anomaly, CallerHasher, Kind, Label, Span};
use crate::source::session::{SessionEnd, Step};
use crate::source::supervise::Session;
use crate::source::websocket::Websocket;

/// How long a source may take to show its full state.
const WITHIN: Duration = Duration::from_secs(10);

/// What a source showed of itself.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Probe {
    /// It came as far as its full state (or its first event, where it gives none).
    pub live: bool,
    /// Its clock less ours, where it told.
    pub offset: Option<Span>,
    /// What it refuses or cannot tell.
    pub refused: Vec<Label>,
    /// Why it is not live.
    pub why: Option<Label>,
}

/// Asks each source of the settings, side by side; the answers in their order.
pub async fn sources(settings: &Settings, hasher: &CallerHasher, clock: &Clock) -> Vec<Probe> {
    let mut asked = Vec::new();
    for source in &settings.sources {
        asked.push(match &source.kind {
            SourceKind::Websocket(s) => tokio::spawn(ask(Websocket::new(s.clone(), hasher.clone(), clock.clone()))),
            SourceKind::Asterisk(s) => tokio::spawn(ask(super::asterisk(s, hasher, clock))),
            SourceKind::Demo(_) => tokio::spawn(async { Probe { live: true, ..Probe::default() } }),
        });
    }
    let mut probes = Vec::new();
    for answer in asked {
        probes.push(answer.await.unwrap_or_default());
    }
    probes
}

async fn ask(mut session: impl Session + Send + 'static) -> Probe {
    let (steps, mut told) = mpsc::channel(64);
    let running = tokio::spawn(async move { session.run(steps).await });
    let mut probe = Probe::default();
    let mut deadline = Instant::now() + WITHIN;
    loop {
        match timeout_at(deadline, told.recv()).await {
            Ok(Some(Step::Events { events, .. })) => {
                for event in events {
                    match event.kind {
                        Kind::FeedOffset { offset } => probe.offset = Some(offset),
                        Kind::Anomaly { what: Anomaly::Refused, detail } if probe.refused.len() < 16 => {
                            probe.refused.push(detail);
                        }
                        _ => {}
                    }
                }
                if probe.live && probe.offset.is_some() {
                    break;
                }
            }
            Ok(Some(Step::Live)) => {
                probe.live = true;
                // The clock is asked right after; it is worth a moment.
                deadline = deadline.min(Instant::now() + Duration::from_secs(2));
            }
            Ok(Some(Step::Heartbeat(_))) => {}
            Ok(None) => {
                if let Ok(SessionEnd::Lost(why) | SessionEnd::Failed(why)) = running.await
                    && !probe.live
                {
                    probe.why = Some(why);
                }
                return probe;
            }
            Err(_elapsed) => {
                if !probe.live {
                    probe.why = Some(Label::new("connected, but no full state and no event within 10 s"));
                }
                break;
            }
        }
    }
    running.abort();
    probe
}
