//! The stories: what is sent by which numbers.

/// One mailing and the numbers that send it.
pub struct Story {
    pub name: &'static str,
    pub messages: u64,
    /// A name, its rates, and how many hours after the launch it begins to send.
    pub numbers: &'static [(&'static str, &'static str, i64)],
    /// Codes and replies per hour, from each number.
    pub urgent_per_hour: u32,
    /// The time zones of the guests: how many of a hundred live in each, and when marketing is held there, in hours after
    /// the launch, from and to.
    pub zones: &'static [(u64, &'static [(i64, i64)])],
    /// When the first number is stopped for good.
    pub falls_out_at_tenth: Option<u64>,
}

pub const STORIES: [Story; 6] = [
    Story {
        name: "one connected number",
        messages: 1_000,
        numbers: &[("kitchen", "10/min,100/h", 0)],
        urgent_per_hour: 8,
        zones: &[(100, &[])],
        falls_out_at_tenth: None,
    },
    Story {
        name: "a pool of three",
        messages: 6_000,
        numbers: &[
            ("kitchen", "10/min,100/h", 0),
            ("bar", "30/min,250/h", 0),
            ("terrace", "5/min", 3),
        ],
        urgent_per_hour: 6,
        zones: &[(100, &[])],
        falls_out_at_tenth: None,
    },
    Story {
        name: "over two nights",
        messages: 4_000,
        numbers: &[("kitchen", "10/min,100/h", 0), ("bar", "10/min,100/h", 0)],
        urgent_per_hour: 8,
        zones: &[(100, &[(11, 22), (35, 46)])],
        falls_out_at_tenth: None,
    },
    Story {
        name: "two time zones",
        messages: 4_000,
        numbers: &[("kitchen", "10/min,100/h", 0), ("bar", "10/min,100/h", 0)],
        urgent_per_hour: 8,
        // Seven hours further east it is already evening when the mailing is launched late in the day.
        zones: &[(70, &[(11, 22), (35, 46)]), (30, &[(4, 15), (28, 39)])],
        falls_out_at_tenth: None,
    },
    Story {
        name: "a number is banned half-way",
        messages: 4_000,
        numbers: &[
            ("kitchen", "10/min,100/h", 0),
            ("bar", "10/min,100/h", 0),
            ("terrace", "10/min,100/h", 0),
        ],
        urgent_per_hour: 8,
        zones: &[(100, &[])],
        falls_out_at_tenth: Some(5),
    },
    Story {
        name: "a Cloud API number",
        messages: 400_000,
        numbers: &[("brand", "80/s", 0)],
        urgent_per_hour: 3_600,
        zones: &[(100, &[])],
        falls_out_at_tenth: None,
    },
];
