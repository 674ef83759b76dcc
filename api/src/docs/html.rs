//! HTML that is written piece by piece; whatever is not our own markup is escaped.

/// A page in the making.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Our own markup.
    pub fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, also within an attribute in double quotes.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// Prose in which `code` stands between backticks.
    pub fn prose(&mut self, text: &str) -> &mut Self {
        for (i, part) in text.split('`').enumerate() {
            match i % 2 {
                0 => self.text(part),
                _ => self.markup("<code>").text(part).markup("</code>"),
            };
        }
        self
    }

    pub fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup() {
        let mut html = Html::default();
        html.markup("<p title=\"")
            .text("\"><b>'&")
            .markup("\">")
            .prose("a `<i>` b");
        assert_eq!(
            html.finish(),
            "<p title=\"&quot;&gt;&lt;b&gt;&#39;&amp;\">a <code>&lt;i&gt;</code> b"
        );
    }
}
