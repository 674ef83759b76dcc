//! `GET /v1/programs`, `/v1/programs/{id}` and `/v1/programs/presets`.

use super::Finding;
use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, Versioned};
use crate::shape;
use bellhop_domain::{OrgId, ProgramId, Timestamp};
use bellhop_programs::presets::PRESETS;
use bellhop_store::StoreError;
use bellhop_store::programs::{self, Version};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A program without its definition.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedProgram)]
pub(super) struct Listed {
    id: i64,
    name: String,
    #[schema(schema_with = shape::program_state)]
    state: &'static str,
    /// Its latest version, counted from 1; the ETag is the same in quotes.
    version: i32,
    /// The mailing with the texts of that version; its statistics are of that version alone.
    mailing: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last switched on or off.
    #[schema(value_type = String, format = DateTime)]
    switched_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Programs)]
pub(crate) struct Programs {
    /// The latest first.
    programs: Vec<Listed>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProgramVersion)]
struct OfVersion {
    version: i32,
    mailing: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Program)]
pub(crate) struct Program {
    #[serde(flatten)]
    listed: Listed,
    /// Firings that wait.
    waiting: u64,
    /// The latest first.
    versions: Vec<OfVersion>,
    /// docs/programs.md
    #[schema(value_type = Object)]
    definition: Value,
    /// What is worth knowing about a definition that was just given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Finding>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProgramPresets)]
pub(crate) struct Presets {
    presets: Vec<Preset>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProgramPreset)]
struct Preset {
    preset: &'static str,
    #[schema(value_type = Object)]
    definition: Value,
}

impl From<programs::Program> for Listed {
    fn from(it: programs::Program) -> Self {
        Self {
            id: it.id.0,
            name: it.name,
            state: it.state.name(),
            version: it.version,
            mailing: it.mailing.0,
            created_at: it.created_at,
            switched_at: it.switched_at,
        }
    }
}

impl From<Version> for OfVersion {
    fn from(it: Version) -> Self {
        Self {
            version: it.version,
            mailing: it.mailing.0,
            created_at: it.created_at,
        }
    }
}

/// A program of the caller's organisation, as it is now.
pub(super) async fn shown(
    api: &Api,
    org: OrgId,
    id: ProgramId,
    problems: Vec<Finding>,
) -> Result<Versioned<Program>, Problem> {
    let program = api.store.program(org, id).await?;
    let versions = api.store.versions(org, id).await?;
    let definition = serde_json::from_str(&program.definition).map_err(|error| StoreError::Corrupt {
        what: "program",
        id: id.to_string(),
        problem: error.to_string(),
    })?;
    Ok(Versioned {
        version: i64::from(program.version),
        document: Program {
            listed: program.into(),
            waiting: api.store.waiting(org, id).await?,
            versions: versions.into_iter().map(OfVersion::from).collect(),
            definition,
            problems,
        },
    })
}

pub(crate) async fn list(api: Api, allowed: Allowed<()>) -> Result<Programs, Problem> {
    let (caller, ()) = allowed.into_parts();
    let programs = api.store.programs(caller.org).await?;
    Ok(Programs {
        programs: programs.into_iter().map(Listed::from).collect(),
    })
}

pub(crate) async fn get(api: Api, allowed: Allowed<(), i64>) -> Result<Versioned<Program>, Problem> {
    let (caller, id, ()) = allowed.into_all();
    shown(&api, caller.org, ProgramId(id), Vec::new()).await
}

pub(crate) async fn presets(_: Api, _: Allowed<()>) -> Result<Presets, Problem> {
    let presets = PRESETS.iter().map(|preset| Preset {
        preset: preset.name,
        // A test of the presets reads each of them.
        definition: serde_json::from_str(preset.json()).unwrap_or_default(),
    });
    Ok(Presets {
        presets: presets.collect(),
    })
}
