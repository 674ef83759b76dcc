//! `COPY`: PostgreSQL's way to take many rows at once. It writes a page of them where an insert writes each by itself.

use crate::Result;
use sqlx::PgConnection;

/// Rows in PostgreSQL's binary COPY format (its manual, COPY, "Binary Format").
pub(crate) struct CopyRows {
    columns: i16,
    bytes: Vec<u8>,
    rows: usize,
}

impl CopyRows {
    pub fn new(columns: i16) -> Self {
        let mut bytes = b"PGCOPY\n\xff\r\n\0".to_vec();
        bytes.extend([0; 8]); // no flags, no header extension
        Self {
            columns,
            bytes,
            rows: 0,
        }
    }

    pub fn row(&mut self) {
        self.rows += 1;
        self.bytes.extend(self.columns.to_be_bytes());
    }

    fn field(&mut self, value: &[u8]) {
        // A cell is at most a mebibyte.
        self.bytes.extend((value.len() as i32).to_be_bytes());
        self.bytes.extend(value);
    }

    pub fn i16(&mut self, value: i16) {
        self.field(&value.to_be_bytes());
    }

    pub fn i32(&mut self, value: i32) {
        self.field(&value.to_be_bytes());
    }

    pub fn i64(&mut self, value: i64) {
        self.field(&value.to_be_bytes());
    }

    pub fn flag(&mut self, value: bool) {
        self.field(&[u8::from(value)]);
    }

    pub fn text(&mut self, value: &str) {
        self.field(value.as_bytes());
    }

    pub fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => write(self, value),
            None => self.bytes.extend((-1i32).to_be_bytes()),
        }
    }

    pub async fn send(mut self, conn: &mut PgConnection, statement: &str) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        self.bytes.extend((-1i16).to_be_bytes());
        let mut copy = conn.copy_in_raw(statement).await?;
        copy.send(self.bytes).await?;
        copy.finish().await?;
        Ok(())
    }
}
