//! An AWS of this machine: moto, whose server Python runs.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
};

/// Ends with its stdin, that is with the test, however that ends.
const SERVE: &str = "\
import os, sys, threading
from moto.server import main
threading.Thread(target=main, args=(['-H', '127.0.0.1', '-p', '0'],), daemon=True).start()
sys.stdin.read()
os._exit(0)
";

/// The address of the server, which all tests of a process share.
pub(crate) fn address() -> &'static str {
    static MOTO: OnceLock<(String, Child)> = OnceLock::new();
    &MOTO.get_or_init(start).0
}

fn start() -> (String, Child) {
    let python = std::env::var_os("FAIRLEAD_PYTHON")
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin/python").into());
    let mut server = Command::new(&python)
        .args(["-c", SERVE])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap_or_else(|problem| panic!("{}: {problem}; cargo xtask test unit makes it", python.display()));
    let mut lines = BufReader::new(server.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    let address = lines
        .find_map(|line| Some(line.split_once("Running on ")?.1.trim().to_owned()))
        .expect("moto tells its address; cargo xtask test unit installs it");
    // What it logs must go somewhere, or it stops.
    thread::spawn(move || lines.for_each(drop));
    (address, server)
}
