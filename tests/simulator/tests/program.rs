//! The simulator as a program: what it prints, and the page at the address that it prints.

#![allow(
    clippy::expect_used,
    reason = "a test may panic, and so may what it calls"
)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_atlas-simulator");

/// Ends the program with the test, whatever comes of it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_page_is_where_the_program_says() {
    let mut program = Command::new(PROGRAM);
    program.args(["--processor", "orders=STOPPED"]);
    let mut running = Running(program.stdout(Stdio::piped()).spawn().expect("it runs"));
    let greeting = running.0.stdout.take().expect("its output");
    let page = BufReader::new(greeting)
        .lines()
        .map(|line| line.expect("text"))
        .find(|line| line.starts_with("page "))
        .expect("a page");
    let page = page.split('"').nth(1).expect("in quotes");
    let address = page.strip_prefix("http://").expect("an address");
    let (host, path) = address.split_once('/').expect("a path");
    let get = |name: &str, path: &str| {
        let mut stream = TcpStream::connect(host).expect("a connection");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a limit");
        let request = format!("GET /{path} HTTP/1.1\r\nhost: {name}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("text");
        answer
    };
    let shown = get(host, path);
    assert!(shown.starts_with("HTTP/1.1 200 OK\r\n"), "{shown}");
    for part in [
        "content-security-policy: default-src 'none'; ",
        "content-type: text/html; charset=utf-8\r\n",
        "<title>Atlas simulator</title>",
    ] {
        assert!(shown.contains(part), "no {part} in {shown}");
    }
    assert!(get(host, "_sim/all").contains("\"name\": \"orders\""));
    for path in [path, "_sim/all"] {
        let refused = get("evil.example", path);
        assert!(refused.starts_with("HTTP/1.1 403 "), "{path}: {refused}");
    }
}

#[test]
fn the_help_names_the_page_and_every_address_of_the_control_api() {
    let help = Command::new(PROGRAM)
        .arg("--help")
        .output()
        .expect("it runs");
    let help = String::from_utf8(help.stdout).expect("text");
    assert!(help.contains("`page`"), "{help}");
    for word in [
        "processors",
        "faults",
        "ready",
        "settings",
        "record",
        "words",
        "all",
    ] {
        let named = format!("/_sim/{word} ");
        assert!(help.contains(&named), "no {named} in {help}");
    }
}
