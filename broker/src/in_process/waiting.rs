//! The tasks of one queue.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use crate::Task;

/// A bounded queue with many producers and consumers. The list has the tasks that no consumer holds and is only ever
/// locked for an instant. `ready` counts them; `room` counts how many more may be put in.
pub(super) struct Waiting {
    tasks: Mutex<VecDeque<Task>>,
    ready: Semaphore,
    room: Semaphore,
}

impl Waiting {
    pub(super) fn with_room_for(capacity: usize) -> Self {
        Self {
            tasks: Mutex::default(),
            ready: Semaphore::new(0),
            room: Semaphore::new(capacity),
        }
    }

    /// How many tasks no consumer holds.
    pub(super) fn len(&self) -> usize {
        self.list().len()
    }

    /// Waits for room, then adds the task at the end.
    pub(super) async fn put(&self, task: Task) {
        // Neither semaphore is ever closed, so `acquire` cannot fail.
        if let Ok(place) = self.room.acquire().await {
            place.forget();
            self.list().push_back(task);
            self.ready.add_permits(1);
        }
    }

    /// Waits for a task and takes it; its place stays occupied until [`Waiting::forget`]. Cancel safe: nothing is
    /// awaited once the task has left the list.
    pub(super) async fn take(&self) -> Option<Task> {
        self.ready.acquire().await.ok()?.forget();
        self.list().pop_front()
    }

    /// Puts a task back that was taken, at the front, as a broker redelivers.
    pub(super) fn put_back(&self, task: Task) {
        self.list().push_front(task);
        self.ready.add_permits(1);
    }

    /// Frees the place of a task that was taken.
    pub(super) fn forget(&self) {
        self.room.add_permits(1);
    }

    fn list(&self) -> MutexGuard<'_, VecDeque<Task>> {
        // A panic cannot leave the list half changed: each change is one call.
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
