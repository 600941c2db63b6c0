//! What floorwatch says to Asterisk: a handful of actions, none of which changes anything.

use md5::{Digest as _, Md5};
use std::fmt::Write as _;

/// The only actions ever sent. None needs a write right; none changes anything but this session itself.
pub const ACTIONS: [&str; 5] = ["Challenge", "Login", "Events", "QueueStatus", "Ping"];

/// The classes of events asked for; Asterisk gives those of them the account may read.
pub(super) const CLASSES: &str = "system,call,agent,dialplan";

/// An action with its headers, ready for the wire. Line ends within values are taken out: nothing can be smuggled in.
#[must_use]
pub(super) fn action(name: &'static str, id: u64, headers: &[(&str, &str)]) -> Vec<u8> {
    debug_assert!(ACTIONS.contains(&name));
    let mut out = format!("Action: {name}\r\nActionID: {}\r\n", action_id(name, id));
    for (key, value) in headers {
        out.push_str(key);
        out.push_str(": ");
        out.extend(value.chars().filter(|c| !c.is_control()));
        out.push_str("\r\n");
    }
    out.push_str("\r\n");
    out.into_bytes()
}

/// The id of our nth action; its name is in it, to know what an answer answers.
pub(super) fn action_id(name: &str, id: u64) -> String {
    format!("floorwatch-{name}-{id}")
}

/// The action an answer with this id answers, if it is ours.
pub(super) fn answered(id: &[u8]) -> Option<&'static str> {
    let name = id.strip_prefix(b"floorwatch-")?.split(|b| *b == b'-').next()?;
    ACTIONS.into_iter().find(|a| a.as_bytes() == name)
}

/// The key of a challenge login: lower-case hex of MD5(challenge + secret).
#[must_use]
pub(super) fn challenge_key(challenge: &str, secret: &str) -> String {
    let mut md5 = Md5::new();
    md5.update(challenge.as_bytes());
    md5.update(secret.as_bytes());
    md5.finalize().iter().fold(String::with_capacity(32), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_challenge_gives_the_documented_key() {
        assert_eq!(challenge_key("1234567890", "mysecret"), "1586bde220dc4c3469015a2b66a06409");
    }

    #[test]
    fn no_action_changes_anything() {
        for changing in ["Add", "Remove", "Pause", "Penalty", "Log", "Reload", "Reset", "Change", "Command", "Hangup"] {
            assert!(!ACTIONS.contains(&format!("Queue{changing}").as_str()));
            assert!(!ACTIONS.contains(&changing));
        }
        for name in ACTIONS {
            assert_eq!(answered(action_id(name, 7).as_bytes()), Some(name));
        }
        assert_eq!(answered(b"mon-1"), None);
    }

    #[test]
    fn nothing_can_be_smuggled_into_an_action() {
        let sent = action("Login", 1, &[("Username", "x\r\nAction: Command\r\n")]);
        assert_eq!(sent, b"Action: Login\r\nActionID: floorwatch-Login-1\r\nUsername: xAction: Command\r\n\r\n");
    }
}
