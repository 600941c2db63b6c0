//! Secrets: where they are read from, and that no message holds one.

use std::fs;
use std::path::Path;

use floorwatch::config::{Env, SourceKind};

use super::{ASTERISK, Case, SOCKET, check};

#[test]
fn secrets_are_read_from_where_they_lie() {
    let secret = |case: &Case| match &case.settings().sources.first().unwrap().kind {
        SourceKind::Asterisk(asterisk) => asterisk.secret.reveal().to_owned(),
        SourceKind::Websocket(socket) => socket.token.as_ref().unwrap().reveal().to_owned(),
        SourceKind::Demo(_) => panic!("a demo in a file"),
    };
    assert_eq!(secret(&Case::new(ASTERISK)), "hunter2");
    assert_eq!(secret(&Case::new(format!("{SOCKET}token_env = 'TOKEN'\n"))), "t0ken-hunter2");
    // A file's path starts at the configuration file; its line end is no part of the secret.
    let case = Case::new(format!("{SOCKET}token_file = 'token'\n")).file("token", "t0ken\n");
    assert_eq!(secret(&case), "t0ken");
    assert_eq!(secret(&Case::new(ASTERISK.replace("secret_env = 'AMI'", "secret = 'plain'"))), "plain");
    // A command that reaches no source needs none.
    let mut case = Case::new(ASTERISK.replace("AMI", "NOT_SET"));
    case.request.without_secrets = true;
    assert_eq!(secret(&case), "");
}

#[test]
fn a_secret_that_is_not_there_is_told() {
    check(&ASTERISK.replace("AMI", "NOT_SET"), 6, "source[0].secret_env", &["NOT_SET is not set", "export NOT_SET"]);
    check(&format!("{SOCKET}token_file = 'gone'\n"), 5, "source[0].token_file", &["gone", "cannot be read"]);
    check(&format!("{ASTERISK}secret = 'x'\n"), 6, "source[0].secret_env", &["second place"]);
    for (text, words) in [("", "empty"), ("a\nb\n", "more than one line")] {
        let errors = Case::new(format!("{SOCKET}token_file = 'token'\n")).file("token", text).errors();
        assert!(errors.to_string().contains(words), "{errors}");
    }
}

#[test]
fn no_message_holds_a_secret() {
    for text in [
        ASTERISK.replace("secret_env = 'AMI'", "secret = 'hunter2'\nsecret_file = 'gone'"),
        ASTERISK.replace("secret_env = 'AMI'", "secret = hunter2"),
        ASTERISK.replace("secret_env = 'AMI'", "secret = 'hunter2"),
        ASTERISK.replace("secret_env = 'AMI'", "secrt = 'hunter2'"),
        ASTERISK.replace("secret_env = 'AMI'", "secret = \"hunter2\\u0000\""),
        ASTERISK.replace("AMI", "hunter2"),
        ASTERISK.replace("AMI", "$hunter2"),
        SOCKET.replace("wss://h/", "wss://u:hunter2@h/"),
        SOCKET.replace("wss://h/", "http://h/?token=hunter2"),
        SOCKET.replace("wss://h/", "wss//h/?token=hunter2"),
        format!("{SOCKET}token_file = 'token'\n"),
        "source = [{ name = 'a', kind = 'asterisk', secret = 'hunter2', hots = 'h' }]\n".to_owned(),
    ] {
        let errors = Case::new(&text).file("token", "hunter2\nhunter2").errors();
        assert!(!format!("{errors} {errors:?}").contains("hunter2"), "{text}\n{errors}");
    }
    let settings = Case::new(ASTERISK).settings();
    assert!(!format!("{settings:?}").contains("hunter2"));
    let env = Env::new(Path::new("/"), [("AMI", "hunter2")]);
    assert!(!format!("{env:?}").contains("hunter2"));
}

#[cfg(unix)]
#[test]
fn a_secret_others_can_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt as _;
    let text = format!(
        "{}[[source]]\nname = 'b'\nkind = 'websocket'\nurl = 'wss://h/'\ntoken_file = 'token'\n",
        ASTERISK.replace("secret_env = 'AMI'", "secret = 'hunter2'")
    );
    let case = Case::new(text).file("token", "t0ken");
    assert_eq!(case.load().unwrap().1, []);
    for name in ["floorwatch.toml", "token"] {
        fs::set_permissions(case.dir.path().join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let warnings = case.load().unwrap().1;
    let places: Vec<_> = warnings.iter().map(|w| (w.0.line, w.0.key.as_str())).collect();
    assert_eq!(places, [(6, "source[0].secret"), (11, "source[1].token_file")]);
    assert!(warnings.iter().all(|w| w.to_string().starts_with("warning: ") && w.to_string().contains("chmod 600")));
}

#[test]
fn a_token_in_the_clear_is_warned_about() {
    let text = |url: &str| format!("{}token_env = 'TOKEN'\n", SOCKET.replace("wss://h/", url));
    for (url, count) in
        [("ws://h/", 1), ("ws://127.0.0.1:80/", 0), ("ws://[::1]/", 0), ("ws://localhost/", 0), ("wss://h/", 0)]
    {
        assert_eq!(Case::new(text(url)).load().unwrap().1.len(), count, "{url}");
    }
}
