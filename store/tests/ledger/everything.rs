//! Everything that the loops look for, read as a whole and reckoned in plain Rust: by no index, and by no statement of theirs.

use crate::world::*;
use bellhop_domain::*;
use std::collections::BTreeSet;

const DAY: i64 = 24 * 60 * MINUTE;

pub type Cell = Option<i64>;

#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub id: i64,
    pub state: i64,
    pub origin: i64,
    pub start: i64,
    pub planned: Cell,
    pub finished: Cell,
    pub expires: Cell,
}

#[derive(Debug, Clone, Copy)]
pub struct Batch {
    id: i64,
    run: i64,
    kind: i64,
    lane: i64,
    published: Cell,
    held: Cell,
    leased: Cell,
    waits: Cell,
    done: Cell,
    expires: Cell,
}

#[derive(Debug, Clone, Copy)]
pub struct Message {
    id: i64,
    run: i64,
    batch: i64,
    state: i64,
    due: Cell,
    expires: Cell,
}

/// All there is.
pub struct Everything {
    pub runs: Vec<Run>,
    batches: Vec<Batch>,
    messages: Vec<Message>,
}

async fn rows<const N: usize>(world: &World, table: &str, columns: [&str; N]) -> Vec<[Cell; N]> {
    let cells = columns.map(|column| format!("COALESCE(CAST({column} AS TEXT), '-')"));
    let text = format!("SELECT {} AS x FROM {table} ORDER BY id", cells.join(" || ' ' || "));
    let read = |row: String| {
        let cells: Vec<Cell> = row.split(' ').map(|cell| cell.parse().ok()).collect();
        cells.try_into().unwrap()
    };
    world.column(&text).await.into_iter().map(read).collect()
}

impl Everything {
    pub async fn of(world: &World) -> Self {
        let columns = [
            "id",
            "state",
            "origin",
            "start_at",
            "planned_at",
            "finished_at",
            "expires_at",
        ];
        let runs = rows(world, "runs", columns).await.into_iter();
        let runs = runs.map(|[id, state, origin, start, planned, finished, expires]| Run {
            id: id.unwrap(),
            state: state.unwrap(),
            origin: origin.unwrap(),
            start: start.unwrap(),
            planned,
            finished,
            expires,
        });
        let columns = [
            "id",
            "run_id",
            "kind",
            "lane",
            "published_at",
            "held_until",
            "lease_until",
            "waits_until",
            "done_at",
            "expires_at",
        ];
        let batches = rows(world, "batches", columns).await.into_iter();
        let batches = batches.map(
            |[id, run, kind, lane, published, held, leased, waits, done, expires]| Batch {
                id: id.unwrap(),
                run: run.unwrap(),
                kind: kind.unwrap(),
                lane: lane.unwrap(),
                published,
                held,
                leased,
                waits,
                done,
                expires,
            },
        );
        let columns = ["id", "run_id", "batch_id", "state", "due_at", "expires_at"];
        let messages = rows(world, "messages", columns).await.into_iter();
        let messages = messages.map(|[id, run, batch, state, due, expires]| Message {
            id: id.unwrap(),
            run: run.unwrap(),
            batch: batch.unwrap(),
            state: state.unwrap(),
            due,
            expires,
        });
        Self {
            runs: runs.collect(),
            batches: batches.collect(),
            messages: messages.collect(),
        }
    }

    fn running(&self) -> BTreeSet<i64> {
        let running = |run: &&Run| run.state == 2 && run.finished.is_none();
        self.runs.iter().filter(running).map(|run| run.id).collect()
    }

    pub fn ready(&self, kind: EndpointKind, lane: Lane, now: i64) -> BTreeSet<i64> {
        let running = self.running();
        let ready = |b: &&Batch| {
            (b.kind, b.lane) == (kind.code().into(), lane.code().into())
                && running.contains(&b.run)
                && (b.published, b.leased, b.waits, b.done) == (None, None, None, None)
                && b.held.is_none_or(|held| held <= now)
        };
        self.batches.iter().filter(ready).map(|batch| batch.id).collect()
    }

    /// Due messages of running runs, and batches whose night is over.
    pub fn to_move(&self, now: i64) -> usize {
        let running = self.running();
        let is_due = |m: &&Message| running.contains(&m.run) && m.due.is_some_and(|due| due <= now);
        let is_over = |b: &&Batch| b.done.is_none() && b.waits.is_some_and(|until| until <= now);
        self.messages.iter().filter(is_due).count() + self.batches.iter().filter(is_over).count()
    }

    /// What tidying up makes of it; the runs that end.
    pub fn tidy(&mut self, now: i64) -> BTreeSet<i64> {
        let waits = |messages: &[Message], run: i64| messages.iter().any(|m| m.run == run && m.due.is_some());
        for run in self.runs.iter_mut().filter(|run| run.finished.is_some()) {
            if run.expires.is_some_and(|end| end > now - 7 * DAY) && waits(&self.messages, run.id) {
                run.finished = None;
                run.state = if run.state == 4 { 2 } else { run.state };
            }
        }
        for run in self.runs.iter().filter(|run| run.finished.is_none()) {
            let cancelled = run.state == 5;
            let outlived = [2, 3].contains(&run.state) && run.origin == 1 && run.expires.is_some_and(|end| end <= now);
            for batch in self.batches.iter_mut().filter(|batch| batch.run == run.id) {
                if (cancelled || outlived) && batch.done.is_none() && batch.leased.is_none() {
                    batch.done = Some(now);
                    let pending = self.messages.iter_mut().filter(|m| m.batch == batch.id && m.state == 1);
                    pending.for_each(|message| message.state = if cancelled { 10 } else { 11 });
                }
            }
            if cancelled {
                self.messages
                    .iter_mut()
                    .filter(|m| m.run == run.id)
                    .for_each(|m| m.due = None);
            }
        }
        for batch in self
            .batches
            .iter_mut()
            .filter(|b| b.done.is_none() && b.leased.is_none())
        {
            if batch.expires.is_some_and(|end| end <= now) {
                let own = || self.messages.iter().filter(|m| m.batch == batch.id);
                let left = own().any(|m| m.state == 2 || (m.state == 1 && m.expires.is_none_or(|end| end > now)));
                batch.done = (!left).then_some(now);
                let ended =
                    |m: &&mut Message| m.batch == batch.id && m.state == 1 && m.expires.is_some_and(|end| end <= now);
                self.messages
                    .iter_mut()
                    .filter(ended)
                    .for_each(|message| message.state = 11);
            }
        }
        let ends = |run: &&Run| {
            let may = run.state == 5 || (run.state == 2 && run.planned.is_some() && run.origin == 1);
            let open = self.batches.iter().any(|b| b.run == run.id && b.done.is_none());
            run.finished.is_none() && may && !open && !waits(&self.messages, run.id)
        };
        self.runs.iter().filter(ends).map(|run| run.id).collect()
    }

    pub fn with_state(&self, state: i64) -> BTreeSet<i64> {
        let those = self.messages.iter().filter(|message| message.state == state);
        those.map(|message| message.id).collect()
    }

    pub fn open_batches(&self) -> BTreeSet<i64> {
        let open = self.batches.iter().filter(|batch| batch.done.is_none());
        open.map(|batch| batch.id).collect()
    }
}
