//! A manager interface on a real loopback socket, told line by line what to say.

use std::collections::BTreeMap;

use floorwatch::config::{AsteriskSettings, Secret};
use floorwatch::model::Span;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Server {
    listener: TcpListener,
}

pub(crate) struct Peer {
    reading: BufReader<OwnedReadHalf>,
    writing: OwnedWriteHalf,
    /// Names of the actions that came.
    pub(crate) asked: Vec<String>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    pub(crate) fn settings(&self) -> AsteriskSettings {
        AsteriskSettings {
            host: "127.0.0.1".into(),
            port: self.listener.local_addr().unwrap().port(),
            tls: false,
            username: "monitor".into(),
            secret: Secret::new("mysecret"),
            resync: Span::from_secs(60),
            wrapup: Vec::new(),
        }
    }

    pub(crate) async fn accept(&self) -> Peer {
        let (stream, _): (TcpStream, _) = self.listener.accept().await.unwrap();
        let (reading, writing) = stream.into_split();
        Peer { reading: BufReader::new(reading), writing, asked: Vec::new() }
    }
}

pub(crate) type Action = BTreeMap<String, String>;

impl Peer {
    /// Sends text with LF line ends as the wire has them.
    pub(crate) async fn say(&mut self, text: &str) {
        // The client may be gone already, which its own end tells.
        let _ = self.writing.write_all(text.replace('\n', "\r\n").as_bytes()).await;
    }

    /// The next action but pings, which are answered.
    pub(crate) async fn hear(&mut self) -> Option<Action> {
        loop {
            let mut action = Action::new();
            loop {
                let mut line = String::new();
                if self.reading.read_line(&mut line).await.ok()? == 0 {
                    return None;
                }
                let Some(line) = line.strip_suffix("\r\n") else { panic!("a line without CRLF: {line:?}") };
                if line.is_empty() {
                    break;
                }
                let (key, value) = line.split_once(": ").expect("a header");
                action.insert(key.to_owned(), value.to_owned());
            }
            self.asked.push(action["Action"].clone());
            if action["Action"] == "Ping" {
                let text = "Ping: Pong\nTimestamp: 1700000005.000000\n";
                self.succeed(&action, text).await;
                continue;
            }
            return Some(action);
        }
    }

    pub(crate) async fn expect(&mut self, name: &str) -> Action {
        let action = self.hear().await.expect("the client is there");
        assert_eq!(action["Action"], name);
        action
    }

    pub(crate) async fn succeed(&mut self, action: &Action, rest: &str) {
        self.say(&format!("Response: Success\nActionID: {}\n{rest}\n", action["ActionID"])).await;
    }

    pub(crate) async fn fail(&mut self, action: &Action, why: &str) {
        self.say(&format!("Response: Error\nActionID: {}\nMessage: {why}\n\n", action["ActionID"])).await;
    }

    /// Ends the connection as a switch does, and gives what it was asked.
    pub(crate) async fn hang_up(mut self) -> Vec<String> {
        let _ = self.writing.shutdown().await;
        while self.hear().await.is_some() {}
        self.asked
    }

    /// Greeting and MD5 login, up to the question for events.
    pub(crate) async fn let_in(&mut self) {
        self.say("Asterisk Call Manager/11.0.0\n").await;
        let action = self.expect("Challenge").await;
        self.succeed(&action, "Challenge: 1234567890\n").await;
        let action = self.expect("Login").await;
        assert_eq!(action["Key"], "1586bde220dc4c3469015a2b66a06409");
        assert_eq!(action["Username"], "monitor");
        assert_eq!(action["Events"], "off");
        assert!(!action.contains_key("Secret"), "the secret itself is not sent");
        self.succeed(&action, "Message: Authentication accepted\n").await;
        let action = self.expect("Events").await;
        assert_eq!(action["EventMask"], "system,call,agent,dialplan");
        self.succeed(&action, "Events: On\n").await;
    }

    /// Answers a question for the full state with rows.
    pub(crate) async fn list(&mut self, action: &Action, rows: &[&str]) {
        let id = &action["ActionID"];
        self.succeed(action, "EventList: start\nMessage: Queue status will follow\n").await;
        for row in rows {
            self.say(&format!("{row}ActionID: {id}\n\n")).await;
        }
        let n = rows.len();
        self.say(&format!("Event: QueueStatusComplete\nActionID: {id}\nEventList: Complete\nListItems: {n}\n\n")).await;
    }
}
