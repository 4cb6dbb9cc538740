-- depends: 0037_rights
-- The second wall around the course of a matter and its evidence: what happened to somebody's case, and what was found
-- for it. As open as the matter itself; the course of a case of nobody (a ticket, a request for data) as that case is.

CREATE FUNCTION wall_opens_course(place text, matter uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public AS $$
BEGIN
    RETURN wall_opens(place, matter)
        OR EXISTS (SELECT 1 FROM cases WHERE region = place AND id = matter AND account IS NULL);
END $$;

ALTER TABLE case_evidence ENABLE ROW LEVEL SECURITY;
CREATE POLICY walled ON case_evidence
    USING ((SELECT wall('system')) IS NOT NULL OR wall_opens(region, case_id)) WITH CHECK (true);

ALTER TABLE case_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY walled ON case_events
    USING ((SELECT wall('system')) IS NOT NULL OR wall_opens_course(region, case_id)) WITH CHECK (true);
