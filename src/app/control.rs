//! The control socket: `floorwatch incident`, `roster`, `lost`, `rule` and `people` talk to the running process here, without a screen.
//!
//! One JSON object a line each way, texts alone: `{"v":"1","ask":"list","lang":"en"}`, or `"ask":"command"` with the command's
//! own fields (`what`, `incident`, `by`, …). The answer is `{"v":1,"ok":…,"text":[…],"data":…}`, or `ok` false and `error`. The
//! socket is the user's alone (0600), and the other end has to be the same user, or root.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use super::floor_answers::Floor;
use crate::alert::{DutyView, IncidentView};
use crate::config::Lang;
use crate::engine::{Answer, Backend, Request};
use crate::locale::Texts;
use crate::metrics::Window;
use crate::model::{Command, Fields, Label, Time, Verdict, clean};
use crate::report::Words as _;
use crate::report::incident::Reading;
use crate::roster::same_person;
use crate::snapshot::Snapshot;

/// How long an answer waits for the view that shows what was done.
const SEEN: Duration = Duration::from_millis(150);
/// The version both ends speak.
pub const VERSION: &str = "1";
/// The longest line either way, bytes.
pub const LONGEST: u64 = 64 * 1024;
/// Connections at one time; more wait.
const AT_ONCE: usize = 8;
/// How long a command may take, and a silent connection is kept.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a process listens: what the configuration says, else `control.sock` in its data folder.
#[must_use]
pub fn path(configured: Option<&Path>, data_dir: Option<&Path>) -> Option<PathBuf> {
    configured.map(Path::to_owned).or_else(|| Some(data_dir?.join("control.sock")))
}

/// Opens the socket. One that nobody listens on any more is taken over.
///
/// # Errors
/// Another process listens there, or the file cannot be made.
pub async fn open(path: &Path) -> io::Result<UnixListener> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    if UnixStream::connect(path).await.is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "another floorwatch listens there"));
    }
    match std::fs::symlink_metadata(path) {
        // Only a socket is ever removed.
        Ok(found) if std::os::unix::fs::FileTypeExt::is_socket(&found.file_type()) => std::fs::remove_file(path)?,
        Ok(_) => return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is another file of this name")),
        Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers until `stop`; then the socket's file is gone.
pub async fn serve(listener: UnixListener, path: PathBuf, backend: Backend, mut stop: watch::Receiver<bool>) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = open.join_next(), if !open.is_empty() => {}
            accepted = listener.accept(), if open.len() < AT_ONCE => {
                if let Ok((stream, _)) = accepted
                    && ours(&stream)
                {
                    open.spawn(talk(stream, backend.clone()));
                }
            }
        }
    }
    drop(open);
    let _ = std::fs::remove_file(&path);
}

/// Whether the other end is the same user, or root.
fn ours(stream: &UnixStream) -> bool {
    let own = rustix::process::getuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

async fn talk(stream: UnixStream, backend: Backend) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    loop {
        let mut line = Vec::new();
        let mut limited = (&mut lines).take(LONGEST);
        match tokio::time::timeout(PATIENCE, limited.read_until(b'\n', &mut line)).await {
            Ok(Ok(n)) if n > 0 => {}
            _ => return,
        }
        let answer = answer(&String::from_utf8_lossy(&line), &backend).await;
        let mut text = answer.to_string();
        text.push('\n');
        if write.write_all(text.as_bytes()).await.is_err() || line.last() != Some(&b'\n') {
            return;
        }
    }
}

fn refused(error: &str, text: &str) -> Value {
    json!({"v": 1, "ok": false, "error": error, "text": [text]})
}

async fn answer(line: &str, backend: &Backend) -> Value {
    let Some(fields) = Fields::from_json(line) else { return refused("malformed", "not a flat JSON object of texts") };
    if fields.get("v") != Some(VERSION) {
        return refused("version", "this process speaks version 1");
    }
    let texts = Texts::get(fields.get("lang").and_then(Lang::from_word).unwrap_or(Lang::En));
    let ask = fields.get("ask").unwrap_or_default();
    if ask == "command" {
        return command(&fields, texts, backend).await;
    }
    let snapshot = Arc::clone(&backend.snapshots.borrow());
    let asked = Asked {
        reading: Reading { texts, zone: &snapshot.zone, now: snapshot.at },
        snapshot: &snapshot,
        fields: &fields,
    };
    match ask {
        "list" => asked.list(),
        "show" => asked.of_one(|a, i| (a.show(i), a.data(i))),
        "report" => asked.of_one(|a, i| (a.reading.markdown(i).lines().map(str::to_owned).collect(), a.data(i))),
        "first_report" => asked.of_one(|a, i| (a.first_report(i), Value::Null)),
        "roster" => asked.roster(&snapshot.duty),
        "lost" => asked.floor().lost(),
        "rules" => asked.floor().rules(),
        "people" => asked.floor().people(),
        _ => refused("unknown_ask", "ask for list, show, report, first_report, roster, lost, rules, people or command"),
    }
}

async fn command(fields: &Fields, texts: &Texts, backend: &Backend) -> Value {
    let Some(command) = fields.get("what").and_then(|what| Command::from_fields(what, fields)) else {
        return refused("malformed", "no such command, or it lacks something");
    };
    let mut views = backend.snapshots.clone();
    let (reply, answer) = oneshot::channel();
    if backend.commands.send(Request { command, reply }).await.is_err() {
        return refused("stopped", texts.t("refused.stopped"));
    }
    let answer = tokio::time::timeout(PATIENCE, answer).await;
    // Who asks next sees what was done: the engine publishes at once after a command.
    let answered = views.borrow_and_update().version;
    let _ = tokio::time::timeout(SEEN, views.wait_for(|s| s.version > answered)).await;
    match answer {
        Ok(Ok(Answer::Done)) => json!({"v": 1, "ok": true, "text": [texts.t("notice.done")]}),
        Ok(Ok(Answer::Saved)) => json!({"v": 1, "ok": true, "text": [texts.t("notice.saved")]}),
        Ok(Ok(Answer::Unsaved)) => json!({"v": 1, "ok": true, "text": [texts.t("notice.unsaved")]}),
        Ok(Ok(Answer::Opened(n))) => opened(n, &texts.fill("notice.opened", &[("n", &n.to_string())])),
        Ok(Ok(Answer::OpenedUnsaved(n))) => opened(n, &texts.fill("notice.opened_unsaved", &[("n", &n.to_string())])),
        Ok(Ok(Answer::Refused(why))) => refused(why.as_str(), texts.under("refused", why.as_str())),
        Ok(Err(_)) | Err(_) => refused("stopped", texts.t("refused.stopped")),
    }
}

fn opened(incident: u64, text: &str) -> Value {
    json!({"v": 1, "ok": true, "text": [text], "data": {"incident": incident}})
}

/// A question about what stands.
struct Asked<'a> {
    reading: Reading<'a>,
    snapshot: &'a Snapshot,
    fields: &'a Fields,
}

impl Asked<'_> {
    const fn floor(&self) -> Floor<'_> {
        Floor { reading: self.reading, snapshot: self.snapshot }
    }

    /// Whether who asks may read it: some playbooks are for few.
    fn may_read(&self, incident: &IncidentView) -> bool {
        let by = Label::new(self.fields.get("by").unwrap_or_default());
        incident.plan.readers.as_ref().is_none_or(|readers| readers.iter().any(|r| same_person(r, &by)))
    }

    fn list(&self) -> Value {
        let (texts, mut text, mut data) = (self.reading.texts, Vec::new(), Vec::new());
        for incident in &self.snapshot.incidents {
            if !self.may_read(incident) {
                text.push(format!("#{}  {}", incident.id, texts.t("sheet.restricted")));
                continue;
            }
            let who =
                incident.owner.as_ref().map_or_else(|| texts.t("alarm.nobody").to_owned(), |(who, _)| who.to_string());
            let who = if incident.state.stands() || incident.owner.is_some() { who } else { String::new() };
            let next = incident.plan.next.as_ref().map(|next| self.reading.next(next));
            let parts = [
                format!("#{}", incident.id),
                texts.incident(incident.state).to_owned(),
                self.reading.clock(incident.opened_at),
                self.reading.title(incident),
                if incident.peak_ratio > 0.0 { format!("{:.1}×", incident.peak_ratio) } else { String::new() },
                who,
                next.unwrap_or_default(),
            ];
            text.push(parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("  "));
            data.push(self.data(incident));
        }
        if text.is_empty() {
            text.push(texts.t("incidents.empty").to_owned());
        }
        let card = self.snapshot.duty.scorecard;
        text.push(texts.fill(
            "sheet.scorecard",
            &[
                ("raised", &card.raised.to_string()),
                ("real", &card.real.to_string()),
                ("false", &card.false_alarms.to_string()),
            ],
        ));
        json!({"v": 1, "ok": true, "text": text, "data": data})
    }

    fn of_one(&self, say: impl Fn(&Self, &IncidentView) -> (Vec<String>, Value)) -> Value {
        let number = self.fields.get("incident").and_then(|n| n.parse::<u64>().ok());
        let found = self.snapshot.incidents.iter().find(|i| Some(i.id) == number);
        match found {
            None => refused("no_such_incident", self.reading.texts.t("refused.no_such_incident")),
            Some(incident) if !self.may_read(incident) => {
                refused("restricted", self.reading.texts.t("sheet.restricted"))
            }
            Some(incident) => {
                let (text, data) = say(self, incident);
                json!({"v": 1, "ok": true, "text": text, "data": data})
            }
        }
    }

    fn show(&self, incident: &IncidentView) -> Vec<String> {
        let texts = self.reading.texts;
        let mut text =
            vec![format!("#{}  {}  {}", incident.id, self.reading.title(incident), texts.incident(incident.state))];
        for section in self.reading.sections(incident) {
            text.push(String::new());
            text.push(section.title);
            text.extend(section.lines.iter().map(|l| format!("  {}  {}", l.label, l.text).trim_end().to_owned()));
        }
        text.push(String::new());
        text.push(texts.t("incidents.timeline").to_owned());
        text.extend(self.reading.timeline(incident).iter().map(|l| format!("  {l}")));
        text
    }

    fn first_report(&self, incident: &IncidentView) -> Vec<String> {
        let all = &self.snapshot.all;
        let counts = all.tally(Window::Min30).counts;
        self.reading.first_report(incident, all.now.waiting, counts.abandoned + counts.short_abandoned)
    }

    fn data(&self, incident: &IncidentView) -> Value {
        let plan = &*incident.plan;
        let steps: Vec<Value> = plan
            .steps
            .iter()
            .map(|step| {
                let done = incident.work.step(&step.id);
                json!({
                    "id": step.id, "role": step.role, "text": step.text.get(self.reading.texts.lang()),
                    "state": done.map_or("open", |(_, state, _)| state.word()),
                    "at": done.map(|(_, _, (at, _))| at.rfc3339()), "by": done.map(|(_, _, (_, by))| by),
                })
            })
            .collect();
        let timeline: Vec<Value> = incident
            .timeline
            .iter()
            .map(|e| {
                let detail: serde_json::Map<String, Value> =
                    e.detail.iter().map(|(n, v)| (n.to_owned(), json!(v))).collect();
                json!({"at": e.at.rfc3339(), "what": e.what, "by": e.by, "text": e.text, "detail": detail})
            })
            .collect();
        json!({
            "incident": incident.id, "kind": incident.kind.word(), "playbook": plan.playbook, "drill": plan.drill,
            "name": incident.name, "state": incident.state.word(), "severity": plan.severity,
            "opened_at": incident.opened_at.rfc3339(), "resolved_at": incident.resolved_at.map(Time::rfc3339),
            "closed_at": incident.closed_at.map(Time::rfc3339), "peak_ratio": incident.peak_ratio,
            "owner": plan.owner.as_ref().map(|o| &o.who), "owner_until": plan.owner.as_ref().map(|o| o.until.rfc3339()),
            "next_role": plan.next.as_ref().map(|n| &n.role), "next_at": plan.next.as_ref().map(|n| n.at.rfc3339()),
            "verdict": incident.work.verdict.map(Verdict::word), "cause": incident.work.cause,
            "steps": steps, "timeline": timeline,
        })
    }

    fn roster(&self, duty: &DutyView) -> Value {
        let texts = self.reading.texts;
        let mut text = Vec::new();
        if !duty.planned {
            text.push(texts.t("sheet.no_roster").to_owned());
        }
        let mut data = Vec::new();
        for now in &duty.roles {
            let nobody = || texts.t("sheet.nobody").to_owned();
            let first = now.holders.first.as_ref().map_or_else(nobody, ToString::to_string);
            let backup =
                now.holders.backup.as_ref().map(|b| format!("{} {b}", texts.t("sheet.backup"))).unwrap_or_default();
            let signed =
                now.holders.signed_in.map(|at| texts.fill("sheet.signed_in", &[("time", &self.reading.clock(at))]));
            let stands_in = if now.holders.stands_in { texts.t("sheet.stands_in") } else { "" };
            let parts = [self.reading.role(&now.role), &first, &backup, &signed.unwrap_or_default(), stands_in];
            text.push(parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("  "));
            data.push(json!({
                "role": now.role, "person": now.holders.first, "backup": now.holders.backup,
                "signed_in": now.holders.signed_in.map(Time::rfc3339), "stands_in": now.holders.stands_in,
            }));
        }
        json!({"v": 1, "ok": true, "text": text, "data": data})
    }
}

/// Asks the process behind a socket; for the commands.
///
/// # Errors
/// Nobody listens there, or the answer cannot be read.
pub async fn ask(path: &Path, fields: &Fields) -> io::Result<Value> {
    let mut stream = tokio::time::timeout(PATIENCE, UnixStream::connect(path)).await??;
    let mut fields = fields.clone();
    fields.set("v", VERSION);
    let mut line = fields.to_json();
    line.push('\n');
    if u64::try_from(line.len()).unwrap_or(u64::MAX) >= LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too long"));
    }
    stream.write_all(line.as_bytes()).await?;
    let mut answer = String::new();
    let mut lines = BufReader::new(stream);
    tokio::time::timeout(PATIENCE, lines.read_line(&mut answer)).await??;
    serde_json::from_str(&answer).map_err(|why| {
        let text = format!("an answer that is no JSON: {why}: {}", clean(&answer, 80));
        io::Error::new(io::ErrorKind::InvalidData, text)
    })
}
