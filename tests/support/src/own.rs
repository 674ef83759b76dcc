//! Servers that one test has for itself.

use anyhow::Result;

use crate::server::Server;
use crate::{rabbitmq, redis};

impl Server {
    /// A Redis that only this test uses, and may break; see [`crate::Cluster`] for all three servers.
    ///
    /// # Errors
    /// When it is not installed or does not start.
    pub async fn own_redis() -> Result<Self> {
        Self::launch_in_background(redis::describe).await
    }

    /// A RabbitMQ that only this test uses, and may break.
    ///
    /// # Errors
    /// When it is not installed or does not start.
    pub async fn own_rabbitmq() -> Result<Self> {
        Self::launch_in_background(rabbitmq::describe).await
    }
}
