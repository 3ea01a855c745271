import { describe, expect, it } from "vitest";
import { match, navigate, setQuery } from "./router";

window.scrollTo = () => undefined;

describe("router", () => {
  it("reads the parameters of a path", () => {
    expect(match("/checks/:id", "/checks/a%20b")).toEqual({ id: "a b" });
    expect(match("/checks/:id/edit", "/checks/1")).toBeNull();
    expect(match("/", "/")).toEqual({});
  });

  it("keeps the page when only the query changes", () => {
    navigate("/instances?q=db");
    setQuery({ kind: "vm", q: null });
    expect(window.location.pathname + window.location.search).toBe("/instances?kind=vm");
  });
});
