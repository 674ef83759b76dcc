//! `bellhop program presets [NAME]`

use crate::commands::{print_json, table};
use anyhow::{Context as _, Result, bail};
use bellhop_programs::presets::{PRESETS, Preset};
use serde_json::{Value, json};

/// The preset of this name, which may also be written with `_`.
pub(super) fn named(name: &str) -> Result<Preset> {
    Preset::named(&name.replace('_', "-")).with_context(|| {
        let names: Vec<_> = PRESETS.iter().map(|it| it.name).collect();
        format!("there is no preset {name:?}; there are: {}", names.join(", "))
    })
}

pub(super) fn run(name: Option<&str>, json: bool) -> Result<()> {
    if let Some(name) = name {
        let preset = named(name)?;
        if json {
            return print_json(&serde_json::from_str::<Value>(preset.json())?);
        }
        print!("{}", preset.json());
        return Ok(());
    }
    let mut rows = Vec::new();
    for preset in PRESETS {
        let Ok(definition) = preset.definition() else {
            bail!("preset {} cannot be read", preset.name);
        };
        rows.push((preset.name, definition.name));
    }
    if json {
        let told: Vec<Value> = rows
            .iter()
            .map(|(name, title)| json!({ "name": name, "title": title }))
            .collect();
        return print_json(&told);
    }
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(name, title)| vec![name.to_owned(), title])
        .collect();
    print!("{}", table::render(&["preset", "title"], &rows));
    println!("Print one: bellhop program presets NAME");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_preset_is_named_either_way() {
        assert_eq!(named("abandoned_cart").unwrap().name, "abandoned-cart");
        assert_eq!(named("abandoned-cart").unwrap().name, "abandoned-cart");
        let told = named("cart").unwrap_err().to_string();
        assert!(told.contains("abandoned-cart"), "{told}");
    }
}
