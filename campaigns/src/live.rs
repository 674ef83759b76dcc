//! A value that changes while it is used.

use std::sync::Arc;
use tokio::sync::watch;

/// What is in force now. Whoever needs it asks for it each time and works with one whole; whoever replaces it replaces all of
/// it. Clones share the value.
pub struct Live<T>(watch::Sender<Arc<T>>);

impl<T> Live<T> {
    pub fn new(first: T) -> Self {
        Self(watch::Sender::new(Arc::new(first)))
    }

    /// The whole, as it is at this instant. Keep it for one task, and never beyond: what it holds is kept alive by it.
    pub fn now(&self) -> Arc<T> {
        self.0.borrow().clone()
    }

    /// Puts another in its place.
    pub fn put(&self, next: T) {
        self.0.send_replace(Arc::new(next));
    }

    /// Tells of each that is put in place after this call. Of several in quick succession the last is told.
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
    /// The next one; waits for ever once nobody can put another in place.
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
