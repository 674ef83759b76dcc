//! Starts that run into trouble.

use super::*;
use crate::account::Account;
use crate::place::Place;
use crate::{postgres, rabbitmq, redis};
use std::net::TcpListener;

type Describe = fn(&Folder, PortSource<'_>) -> Result<Kind>;

/// A source of ports, one of which is in use because somebody listens there.
fn with_one_taken(place: usize) -> (TcpListener, impl FnMut() -> Result<Held>) {
    let somebody = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let taken = somebody.local_addr().unwrap().port();
    let mut given = 0;
    let source = move || {
        given += 1;
        if given == place + 1 {
            return Ok(Held::in_name_only(taken));
        }
        ports::hold()
    };
    (somebody, source)
}

#[test]
fn a_taken_port_costs_a_start_and_not_the_server() {
    let postgres: Describe = |folder, ports| postgres::describe(folder, ports, &[]);
    let cases: [(Describe, usize); 5] = [
        (postgres, 0),
        (redis::describe, 0),
        (rabbitmq::describe, 0),
        (rabbitmq::describe, 1),
        (rabbitmq::describe, 2),
    ];
    std::thread::scope(|scope| {
        for (describe, place) in cases {
            scope.spawn(move || {
                let (somebody, mut source) = with_one_taken(place);
                let mut starts = 0;
                let server = Server::launch_on(Place::Fast, &mut source, |folder, ports| {
                    starts += 1;
                    describe(folder, ports)
                });
                let server = server.unwrap();
                assert_eq!(starts, 2, "{} with port {place} taken", server.kind.name);
                let taken = somebody.local_addr().unwrap().port();
                assert!(server.kind.held.iter().all(|held| held.port() != taken));
            });
        }
    });
}

/// A server that prints this and ends.
fn ends_at_once(words: &'static str) -> impl Fn(&Folder, PortSource<'_>) -> Result<Kind> {
    move |folder, ports| {
        let account = Account::for_server("nobody")?;
        Ok(Kind {
            name: "Mayfly",
            launch: Launch {
                program: "/bin/sh".into(),
                arguments: vec!["-c".into(), format!("echo '{words}' >&2; exit 3").into()],
                environment: Vec::new(),
                account,
                home: folder.for_server("mayfly", account)?,
                stop_signal: "TERM",
                watchdog_signal: "KILL",
            },
            held: vec![ports()?],
            url: String::new(),
            greeting: b"",
            ready: b"",
            prepare: |_| Ok(()),
        })
    }
}

/// Returns why it did not start, and how often it was tried.
fn failure(words: &'static str) -> (String, usize) {
    let (mut starts, describe) = (0, ends_at_once(words));
    let failed = Server::launch(Place::Fast, |folder, ports| {
        starts += 1;
        describe(folder, ports)
    });
    (format!("{:#}", failed.unwrap_err()), starts)
}

#[test]
fn a_server_that_ends_at_once_is_quoted() {
    let (message, starts) = failure("no space left on the device");
    assert!(
        message.contains("Mayfly ended while starting (exit status: 3)"),
        "{message}"
    );
    assert!(message.ends_with("no space left on the device"), "{message}");
    assert_eq!(starts, 1);
}

#[test]
fn a_port_taken_and_left_again_is_known_by_the_servers_words() {
    let (message, starts) = failure("bind: Address already in use");
    assert!(message.ends_with("Address already in use"), "{message}");
    assert_eq!(starts, STARTS);
}

#[test]
fn two_that_start_at_once_share_nothing() {
    let both = std::thread::scope(|scope| {
        let start = || scope.spawn(|| Server::launch(Place::Fast, redis::describe).unwrap());
        [start(), start()].map(|starting| starting.join().unwrap())
    });
    let [one, other] = both.each_ref().map(|server| server.pid().unwrap());
    assert_ne!(both[0].url(), both[1].url());
    assert!(both[0].kind.serves(one) && both[1].kind.serves(other));
    // Each is tested at its own address and is not mistaken for the other.
    assert!(!both[0].kind.serves(other));
}
