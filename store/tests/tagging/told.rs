//! What others are told of: the audit, through the outbox.

use crate::desk::Desk;
use bellhop_store::base::outbox::{Kind, Outbox, Reader, What};
use std::time::Duration;

impl Desk {
    /// Who did what, as the outbox tells it.
    pub async fn deeds(&self) -> Vec<String> {
        let reader = Reader {
            name: "deeds",
            holder: "a test".to_owned(),
            kinds: &[Kind::Audited],
            turn: Duration::from_secs(60),
        };
        let mut deeds = Vec::new();
        // Other tests' transactions on the same server may hold rows back for a moment.
        while deeds.len() < 4 {
            let handed = self.store.hand_over(&reader, 100, self.now).await.unwrap();
            for notice in &handed.notices {
                if let What::Audited { who, action, object } = &notice.what
                    && notice.org == self.id()
                {
                    assert!(object.starts_with("tag rule "), "{object}");
                    deeds.push(format!("{who} {action}"));
                }
            }
            match handed.upto {
                Some(upto) => self.store.acknowledge(&reader, upto).await.unwrap(),
                None => tokio::task::yield_now().await,
            }
        }
        deeds
    }
}
