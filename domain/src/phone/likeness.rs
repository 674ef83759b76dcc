//! Letters written in the place of a digit.

/// The digit that a letter looks like or is mistyped for.
pub(super) fn looks_like(c: char) -> Option<char> {
    Some(match c {
        'O' | 'o' | 'О' | 'о' | 'Ο' | 'ο' | 'D' | 'Q' | 'Ø' | 'ø' => '0',
        'l' | 'I' | 'i' | 'L' | 'І' | 'і' | 'ı' | 'Ι' | 'ι' => '1',
        'Z' | 'z' => '2',
        'З' | 'з' | 'Э' | 'э' => '3',
        'Ч' | 'ч' | 'A' | 'А' => '4',
        'S' | 's' | 'Ѕ' | 'ѕ' => '5',
        'b' | 'б' | 'Б' | 'G' => '6',
        'T' | 'Т' => '7',
        'B' | 'В' => '8',
        'g' | 'q' => '9',
        _ => return None,
    })
}
