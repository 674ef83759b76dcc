//! A value that changes while it is used.

use std::sync::Arc;
use tokio::sync::watch;

/// What is in force now. Readers ask for it each time and work with one consistent value; it is always replaced as a
/// whole. Clones share the value.
pub struct Live<T>(watch::Sender<Arc<T>>);

impl<T> Live<T> {
    pub fn new(first: T) -> Self {
        Self(watch::Sender::new(Arc::new(first)))
    }

    /// The value as it is at this instant. Keep it for one task and no longer, because it keeps alive everything that
    /// it holds.
    pub fn now(&self) -> Arc<T> {
        self.0.borrow().clone()
    }

    /// Replaces the value.
    pub fn put(&self, next: T) {
        self.0.send_replace(Arc::new(next));
    }

    /// Reports every value that is put in place after this call; of several in quick succession only the last.
    pub fn news(&self) -> News<T> {
        News(self.0.subscribe())
    }
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A listener of a [`Live`] value.
pub struct News<T>(watch::Receiver<Arc<T>>);

impl<T> News<T> {
    /// The next value; waits for ever if nobody can replace it any more.
    pub async fn next(&mut self) -> Arc<T> {
        match self.0.changed().await {
            Ok(()) => self.0.borrow_and_update().clone(),
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_listens_is_told_the_last_and_old_ones_are_let_go() {
        let live = Live::new(1);
        let (mut news, first) = (live.news(), live.now());
        live.put(2);
        live.clone().put(3);
        assert_eq!(*news.next().await, 3);
        assert_eq!((*live.now(), *first), (3, 1), "who holds one keeps it");
        assert_eq!(Arc::strong_count(&first), 1, "and nobody else does");
    }
}
