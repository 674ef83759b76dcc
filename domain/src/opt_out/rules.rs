//! The order in which a message is read.

use super::Reading;
use super::cutter::Cutter;
use super::grammar::{Classes, GRAMMAR, Grammar, Kind, Rule};
use super::message::{Message, Part, joined};
use super::tokens::Token;
use super::whole;

/// Why a word of stopping that is not the whole message is a doubt.
pub(super) const AMONG_OTHERS: &str = "a word of stopping among others";

/// Signs that may mean a stop if there is no word beside them.
const SIGNS: [(char, &str); 6] = [
    ('🛑', "🛑"),
    ('⛔', "⛔"),
    ('🚫', "🚫"),
    ('🔕', "🔕"),
    ('🖕', "🖕"),
    ('📵', "📵"),
];

/// Reads a cleaned text.
pub(super) fn read(text: &str) -> Reading {
    let grammar = &*GRAMMAR;
    let mut message = joined(Cutter::cut(text, &grammar.lexicon), grammar);
    if message.parts.is_empty() {
        return sign(text);
    }
    mask(&mut message, Kind::Idiom, grammar);
    let ours = mask(&mut message, Kind::Ours, grammar);
    if let Some(by) = ours
        && message.tokens().next().is_none()
    {
        return Reading::Doubtful { by };
    }
    match whole::read(&message, grammar) {
        Some(doubt @ Reading::Doubtful { .. }) => return doubt.stronger(sentences(&message, grammar)),
        Some(reading) => return reading,
        None => {}
    }
    mask_quotations(&mut message);
    let said = sentences(&message, grammar);
    said.stronger(beginning(&message, said, &grammar.classes))
}

fn sign(text: &str) -> Reading {
    let found = SIGNS.iter().find(|(sign, _)| text.contains(*sign));
    found.map_or(Reading::Ordinary, |(_, by)| Reading::Doubtful { by })
}

/// Masks fixed expressions; returns the name of the last one.
fn mask(message: &mut Message, kind: Kind, grammar: &Grammar) -> Option<&'static str> {
    let mut by = None;
    for part in &mut message.parts {
        for rule in grammar.rules(kind) {
            while let Some(found) = rule.pattern.find(&part.tokens) {
                part.tokens[found].iter_mut().for_each(|token| token.masked = true);
                by = Some(rule.by);
            }
        }
    }
    by
}

/// A guest who quotes a word beside words of their own talks about that word: `что значит «стоп»`.
fn mask_quotations(message: &mut Message) {
    if message.tokens().any(|token| !token.quoted) {
        let tokens = message.parts.iter_mut().flat_map(|part| &mut part.tokens);
        tokens.for_each(|token| token.masked |= token.quoted);
    }
}

/// The strongest reading of any part.
fn sentences(message: &Message, grammar: &Grammar) -> Reading {
    let mut said = Reading::Ordinary;
    for part in &message.parts {
        for rule in &grammar.rules {
            if let Some(found) = rule.pattern.find(&part.tokens) {
                let context = Context {
                    message,
                    part,
                    classes: &grammar.classes,
                };
                said = said.stronger(context.judge(rule, found.start, found.len()));
            }
        }
    }
    said
}

struct Context<'a> {
    message: &'a Message,
    part: &'a Part,
    classes: &'a Classes,
}

impl Context<'_> {
    fn judge(&self, rule: &Rule, start: usize, length: usize) -> Reading {
        let by = rule.by;
        let about_order = self.part.has(self.classes.order);
        let negated = start > 0 && self.part.tokens[start - 1].is(self.classes.not);
        let doubt = Reading::Doubtful { by };
        let plain = if self.asks(start) { doubt } else { Reading::stop(by) };
        match rule.kind {
            _ if negated => Reading::Ordinary,
            Kind::Idiom | Kind::Ours | Kind::Asked | Kind::Told => Reading::Ordinary,
            Kind::Sure => plain,
            Kind::BareGoods | Kind::MildGoods if about_order || self.part.has(self.classes.food) => Reading::Ordinary,
            Kind::Rather if self.call_me() => doubt,
            Kind::BareGoods if self.part.tokens.get(start + length).is_some_and(is_unknown) => doubt,
            Kind::Bare | Kind::BareGoods | Kind::Rather if self.order_beside() => doubt,
            Kind::Bare | Kind::BareGoods | Kind::Rather => plain,
            Kind::Mild if about_order && !self.part.has(self.classes.me) => Reading::Ordinary,
            Kind::Mild | Kind::MildGoods if self.message.has(self.classes.busy) => Reading::Ordinary,
            Kind::Mild | Kind::MildGoods if self.order_beside() || self.says_more(length) => doubt,
            Kind::Mild | Kind::MildGoods => plain,
            Kind::Hold if about_order && !self.part.has(self.classes.ads) => Reading::Ordinary,
            Kind::Weak if self.harmless() && !self.part.has(self.classes.ads) => Reading::Ordinary,
            Kind::Hold | Kind::Weak => doubt,
        }
    }

    /// A question that is not a polite wish, or a condition: `как отключить рассылку`, `если отпишусь`.
    fn asks(&self, start: usize) -> bool {
        let how = self.part.tokens[..start]
            .iter()
            .rev()
            .take(3)
            .any(|token| token.is(self.classes.how));
        how || self.part.question && !self.part.has(self.classes.could)
    }

    /// A question, or a complaint about an order.
    fn harmless(&self) -> bool {
        self.part.question || self.part.has(self.classes.food) || self.message.has(self.classes.order)
    }

    fn order_beside(&self) -> bool {
        self.message.has(self.classes.order) || self.part.has(self.classes.food)
    }

    /// `Смс не нужно, позвоните`; who wants none any more wants none.
    fn call_me(&self) -> bool {
        let calls = |part: &Part| {
            let before = std::iter::once(None).chain(part.tokens.iter().map(Some));
            let mut words = part.tokens.iter().zip(before);
            words.any(|(word, before)| {
                word.is(self.classes.busy) && !before.is_some_and(|before| before.is(self.classes.not))
            })
        };
        self.message.parts.iter().any(calls) && !self.part.has(self.classes.never)
    }

    fn says_more(&self, length: usize) -> bool {
        let words = self
            .part
            .tokens
            .iter()
            .filter(|token| !token.masked && !token.is(self.classes.could));
        words.count() > length
    }
}

fn is_unknown(token: &Token) -> bool {
    !token.masked && token.classes.is_empty() && !token.is_number()
}

/// `Stop putting`, of goods: the sentences say what that means.
fn stops_bringing(part: &Part, classes: &Classes) -> bool {
    let marketing = [classes.messages, classes.ads, classes.offers];
    part.tokens.get(1).is_some_and(|second| second.is(classes.bringing))
        && !marketing.iter().any(|what| part.has(*what))
}

/// A stop word at the beginning of the message or at the end of a part, or anywhere if it can mean nothing else.
fn beginning(message: &Message, said: Reading, classes: &Classes) -> Reading {
    let opening = &message.parts[0];
    let first = opening.tokens.first().is_some_and(|token| token.is(classes.stop)) && !stops_bringing(opening, classes);
    let last = message
        .parts
        .iter()
        .filter_map(|part| part.tokens.last())
        .any(|token| token.is(classes.stop));
    if !(first || last || message.has(classes.unsubscribe)) {
        return Reading::Ordinary;
    }
    let apart = |part: &Part| part.has(classes.food) && (message.question || !part.has(classes.stop));
    let about_order = message.has(classes.order) || message.parts.iter().any(apart);
    let complains = matches!(said, Reading::Doubtful { .. });
    let plain = (first || last) && complains || signed(message, classes);
    let doubt = Reading::Doubtful { by: AMONG_OTHERS };
    match (about_order, plain) {
        // What stands below a line of its own may be our own message, quoted without a mark.
        (true, _) if alone_on_its_line(message, classes) => doubt,
        (true, _) => Reading::Ordinary,
        (false, true) if !message.question => Reading::stop("a word of stopping and a complaint or a name"),
        (false, _) => doubt,
    }
}

fn alone_on_its_line(message: &Message, classes: &Classes) -> bool {
    let lines = message.parts.iter().map(|part| part.line);
    let first = message.parts[0].line;
    let mut words = message
        .parts
        .iter()
        .filter(|part| part.line == first)
        .flat_map(|part| &part.tokens);
    lines.max() > Some(first) && words.all(|token| token.is(classes.stop))
}

/// The first part is the word, and what follows looks like a name: `Стоп. Анна Петрова`, `STOP - Ivan`.
fn signed(message: &Message, classes: &Classes) -> bool {
    let Some((word, rest)) = message.parts.split_first() else {
        return false;
    };
    let name: Vec<_> = rest.iter().flat_map(|part| &part.tokens).collect();
    word.tokens
        .iter()
        .all(|token| token.is(classes.stop) || token.is_number())
        && name.len() <= 3
        && name.iter().all(|token| token.capital && token.classes.is_empty())
}
