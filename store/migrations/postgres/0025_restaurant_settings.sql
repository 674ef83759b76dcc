-- A restaurant whose time zone somebody has set is a setting of kind 4, as if it had come with the version in force.
INSERT INTO settings (organisation, kind, name, body, version)
    SELECT o.slug, 4, r.name,
        json_build_object('organisation', o.slug, 'name', r.name, 'timezone', r.timezone)::TEXT, s.version
    FROM restaurants r JOIN organisations o ON o.id = r.org_id CROSS JOIN settings_state s
    WHERE r.timezone_confirmed;

-- A program of the version before refuses settings of a kind that it does not know.
INSERT INTO schema_marks (number, additive, works_with) VALUES (25, FALSE, 25);
