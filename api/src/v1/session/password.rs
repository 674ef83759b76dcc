//! `POST /v1/session/password`: another password, and what asks for the present one.

use super::{Ended, attempts};
use crate::Api;
use crate::problem::Problem;
use crate::routes::Own;
use bellhop_domain::fault::Why;
use bellhop_domain::login::REMEMBERED;
use bellhop_domain::person;
use bellhop_store::accounts::Person;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[schema(as = PasswordChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// The present one.
    password: String,
    new_password: String,
}

/// All other sessions end with it.
pub(crate) async fn change_password(api: Api, own: Own<Change>) -> Result<Ended, Problem> {
    let it = &own.who.person;
    prove(&api, it, &own.body.password, &own.address).await?;
    let new = person::new_password(&own.body.new_password, &it.email);
    let new = new.map_err(|why| Problem::unprocessable(vec![why.at("new_password")]))?;
    let hash = api.bounded.hashing.hash(new, salt(&api)).await?;
    api.accounts
        .set_password(it.org, it.id, &hash, own.who.session, api.now())
        .await?;
    Ok(Ended { ended: true })
}

pub(crate) fn salt(api: &Api) -> [u8; 16] {
    let random = (api.entrance.random)();
    std::array::from_fn(|i| random[i])
}

/// Whoever has found an open session does not know the password. Guesses are counted as at the login.
pub(super) async fn prove(api: &Api, it: &Person, password: &str, address: &str) -> Result<(), Problem> {
    let counted = attempts(&it.email, address);
    if !api.accounts.attempt(&counted, api.now()).await? {
        let minutes = REMEMBERED.as_secs() / 60;
        return Err(Problem::too_often(Why::LoginsTooMany { minutes }));
    }
    let stored = api.accounts.credentials(&it.email).await?.and_then(|it| it.password);
    let fits = api
        .bounded
        .hashing
        .fits(person::normal(password), stored.as_deref())
        .await?;
    if !fits {
        return Err(Problem::unprocessable(vec![Why::PasswordWrong.at("password")]));
    }
    api.accounts.forget_attempts(&counted).await?;
    Ok(())
}
