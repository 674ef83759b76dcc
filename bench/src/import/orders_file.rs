//! The file that is imported: orders as a CRM exports them, in the order of time.

use anyhow::Result;
use bellhop_domain::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

pub const COLUMNS: [&str; 9] = [
    "order_id",
    "customer_id",
    "placed_at",
    "total",
    "restaurant",
    "status",
    "delivery",
    "source",
    "promo",
];
const SOURCES: [&str; 4] = ["app", "site", "operator", "aggregator"];
/// 2023-01-01T00:00:00Z; the orders fill the three years after it.
const FROM_MS: i64 = 1_672_531_200_000;
const SPAN_MS: i64 = 3 * 365 * 86_400_000;

/// Writes `orders` rows for a tenth as many customers, some of whom order far more often than others; returns the
/// number of customers. The file is the same at every run.
pub fn write(path: &Path, orders: u32) -> Result<u32> {
    let customers = (orders / 10).max(1);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut random = StdRng::seed_from_u64(1);
    writeln!(out, "{}", COLUMNS.join(","))?;
    for number in 0..orders {
        let at = Timestamp(FROM_MS + SPAN_MS / i64::from(orders) * i64::from(number));
        // The square draws a few customers often and most of them seldom.
        let draw: f64 = random.random();
        let customer = (draw * draw * f64::from(customers)) as u32;
        let total = random.random_range(300..2_800_u32);
        let restaurant = if random.random_bool(0.8) {
            customer % 40
        } else {
            random.random_range(0..40)
        };
        let status = if random.random_bool(0.06) {
            "cancelled"
        } else {
            "delivered"
        };
        let delivery = if random.random_bool(0.7) { "courier" } else { "pickup" };
        let source = SOURCES[random.random_range(0..SOURCES.len())];
        write!(
            out,
            "{number},guest-{customer},{},{total}.50,Restaurant {restaurant},{status},{delivery},{source},",
            at.to_rfc3339()
        )?;
        match random.random_range(0..20) {
            0 => writeln!(out, "PROMO{}", customer % 30)?,
            _ => writeln!(out)?,
        }
    }
    out.flush()?;
    Ok(customers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_every_column_and_the_file_is_the_same_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("1.csv"), folder.path().join("2.csv"));
        assert_eq!(write(&one, 200).unwrap(), 20);
        write(&two, 200).unwrap();
        let text = std::fs::read_to_string(&one).unwrap();
        assert_eq!(text, std::fs::read_to_string(&two).unwrap());
        assert_eq!(text.lines().count(), 201);
        assert!(text.lines().all(|line| line.split(',').count() == COLUMNS.len()));
    }
}
