//! Files as a careless export makes them.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// A file, and what must become of it.
pub(super) struct BadFile {
    pub(super) path: PathBuf,
    /// `customers` or `orders`.
    pub(super) kind: &'static str,
    pub(super) good: u64,
    /// Of each bad row its line, its column, and a word that its problem must contain.
    pub(super) bad: Vec<(u64, &'static str, &'static str)>,
}

/// A customers file with one bad row of each kind between good ones; the long cell has this many megabytes.
pub(super) fn customers(folder: &Path, megabytes: usize) -> Result<BadFile> {
    let path = folder.join(format!("customers-{megabytes}.csv"));
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    file.write_all("customer_id,name,phone,birthday,favourite_colour\n".as_bytes())?;
    file.write_all("good-1,Анна,+7 999 123-45-67,1990-02-28,red\n".as_bytes())?;
    file.write_all(b"bad-1,\xd0\xff broken,+79991234568,,\n")?;
    file.write_all(b"bad-2,Boris,,1990-02-31,\n")?;
    file.write_all(b"bad-3,Vera,call-me-maybe,,\n")?;
    file.write_all(b"good-2,Grigory,89991234569,29.02.2000,\n")?;
    file.write_all(b"bad-4,\"")?;
    for _ in 0..megabytes {
        file.write_all(&vec![b'x'; 1 << 20])?;
    }
    file.write_all(b"\",+79991234570,,\n")?;
    file.write_all(b"bad-5,Dina,+79991234571,,red,one too many\n")?;
    file.write_all(b",Nobody,+79991234572,,\n")?;
    file.write_all(b"good-3,Elena,,,blue\n")?;
    file.flush()?;
    Ok(BadFile {
        path,
        kind: "customers",
        good: 3,
        bad: vec![
            (3, "name", "UTF-8"),
            (4, "birthday", "day"),
            (5, "phone", "phone"),
            (7, "name", "longer"),
            (8, "", "cells"),
            (9, "customer_id", "empty"),
        ],
    })
}

/// An orders file with dates that do not exist and totals that are not amounts.
pub(super) fn orders(folder: &Path) -> Result<BadFile> {
    let path = folder.join("orders.csv");
    let text = "order_id;customer_id;placed_at;total\n\
                o-1;good-1;2026-01-15T12:00:00Z;990.50\n\
                o-2;good-1;2026-02-30T12:00:00Z;500\n\
                o-3;good-2;2026-01-16T25:61:00Z;500\n\
                o-4;good-2;2026-01-17T12:00:00Z;a lot\n\
                o-5;good-3;2026-01-18T12:00:00Z;1200\n";
    std::fs::write(&path, text)?;
    Ok(BadFile {
        path,
        kind: "orders",
        good: 2,
        bad: vec![(3, "placed_at", "day"), (4, "placed_at", "time"), (5, "total", "")],
    })
}

/// A file whose header lacks the columns that every row needs.
pub(super) fn wrong_columns(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("wrong-columns.csv");
    std::fs::write(&path, "id,fio,tel\n1,Anna,+79991234567\n2,Boris,+79991234568\n")?;
    Ok(path)
}
