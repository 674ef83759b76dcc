//! What the worker hands to a provider: one message to one address, with everything already decided.

use bellhop_domain::Timestamp;
use bellhop_domain::incoming::MediaKind;
use bellhop_domain::receipt::AttemptKey;
use std::time::Duration;

/// A rendered push notification.
#[derive(Debug, Clone, Copy, Default)]
pub struct Push<'a> {
    pub title: &'a str,
    pub body: &'a str,
    /// URL of a picture.
    pub image: Option<&'a str>,
    /// URL that a tap opens: the recipient's personal tracking link.
    pub link: Option<&'a str>,
}

/// A rendered web push.
#[derive(Debug, Clone, Copy, Default)]
pub struct WebPush<'a> {
    pub title: &'a str,
    pub body: &'a str,
    /// URL of a small square picture.
    pub icon: Option<&'a str>,
    /// URL of a large picture.
    pub image: Option<&'a str>,
    /// URL that a click opens: the recipient's personal tracking link.
    pub link: Option<&'a str>,
    /// Buttons; browsers show two at most.
    pub actions: &'a [Action<'a>],
}

/// A button of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action<'a> {
    pub title: &'a str,
    /// URL that it opens.
    pub link: &'a str,
}

/// What goes out over WhatsApp.
#[derive(Debug, Clone, Copy)]
pub enum WhatsApp<'a> {
    /// Over the Cloud API only within 24 hours of the guest's last message ([`OutgoingMessage::last_inbound`]).
    Text(&'a str),
    /// As [`WhatsApp::Text`].
    Media(Media<'a>),
    /// Approved by Meta beforehand; may open a conversation.
    Template(Template<'a>),
}

/// A file by its URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Media<'a> {
    pub kind: MediaKind,
    pub url: &'a str,
    pub caption: Option<&'a str>,
    pub filename: Option<&'a str>,
}

/// An approved template with this recipient's parameters.
#[derive(Debug, Clone, Copy)]
pub struct Template<'a> {
    pub name: &'a str,
    /// As Meta spells it: `ru`, `en_US`.
    pub language: &'a str,
    pub header: Option<Header<'a>>,
    /// The body's parameters in their order.
    pub parameters: &'a [&'a str],
    pub buttons: &'a [TemplateButton<'a>],
}

/// What stands above a template's body.
#[derive(Debug, Clone, Copy)]
pub enum Header<'a> {
    Text(&'a str),
    Media(Media<'a>),
}

/// The parameter of one of a template's buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateButton<'a> {
    /// The button's place in the template, from 0.
    pub index: u8,
    pub kind: TemplateButtonKind,
    pub parameter: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateButtonKind {
    /// The end of the button's URL.
    Url,
    /// What comes back when it is tapped.
    QuickReply,
    /// The code that it copies.
    CopyCode,
}

/// What goes out over a messenger that has only texts and pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chat<'a> {
    pub text: &'a str,
    /// URL of a picture above the text.
    pub image: Option<&'a str>,
}

/// What is sent, rendered for this recipient.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    Push(Push<'a>),
    WebPush(WebPush<'a>),
    /// An SMS.
    Text(&'a str),
    WhatsApp(WhatsApp<'a>),
    Chat(Chat<'a>),
}

/// One message on its way to one address.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingMessage<'a> {
    pub attempt: AttemptKey,
    /// The endpoint's address: a token, or a phone in E.164 with its `+`.
    pub address: &'a str,
    pub content: Content<'a>,
    /// One key for all attempts of one run, so that a repeat replaces what is already shown.
    /// Must be the same in every process; at most 32 letters, digits, `-` and `_` suit every provider.
    pub collapse_key: &'a str,
    /// When the message stops being worth delivering.
    pub expires: Timestamp,
    /// The instant of sending, by the worker's clock.
    pub now: Timestamp,
    /// When the guest at this address last wrote to us over this channel: WhatsApp's window of 24 hours counts from it.
    pub last_inbound: Option<Timestamp>,
    /// The brand's own id of the customer, for the app that receives the push.
    pub customer: Option<&'a str>,
}

impl OutgoingMessage<'_> {
    /// How long the provider may go on trying; zero once expired.
    pub fn time_to_live(&self) -> Duration {
        self.expires.since(self.now)
    }
}
