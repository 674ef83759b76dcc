//! What a process remembers between its calls, besides what the database keeps. Each room of the store keeps a value
//! of its own type there, so this module need not know any of them.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One of each type; clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct TypeMap(Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl TypeMap {
    /// The one of this type, made at the first question.
    pub fn of<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let one = kept.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        // It was found by its type, so it cannot have another.
        one.clone().downcast().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[test]
    fn there_is_one_of_each_type_and_clones_share_it() {
        let memory = TypeMap::default();
        memory.clone().of::<AtomicI64>().store(7, Ordering::Relaxed);
        memory.of::<Mutex<i64>>();
        assert_eq!(memory.of::<AtomicI64>().load(Ordering::Relaxed), 7);
        assert_eq!(TypeMap::default().of::<AtomicI64>().load(Ordering::Relaxed), 0);
    }
}
