import { describe, expect, it } from "vitest";
import { Problem, sameField } from "./problem";

describe("fields that the server names", () => {
  it("are those of the form, by place where the form shows each", () => {
    expect(sameField("settings.http.json[1].path", "settings.http.json[1].path")).toBe(true);
    expect(sameField("settings.http.json[1].path", "settings.http.json[0].path")).toBe(false);
    expect(sameField("settings.http.expected_status[1]", "settings.http.expected_status")).toBe(true);
    expect(sameField("/recipients/0", "recipients")).toBe(true);
    expect(sameField("settings.http.headers.X-One", "settings.http.headers")).toBe(true);
    expect(sameField("settings.http.body_contains", "settings.http.body")).toBe(false);
  });

  it("are forgotten once they are changed, and the problem with the last of them", () => {
    const errors = [{ field: "settings.http.json[0].path", message: "must be a path" }, { field: "name", message: "is needed" }];
    const problem = new Problem(400, { detail: "some members are wrong", errors });
    expect(problem.messageFor("name")).toBe("Is needed");
    expect(problem.without("target")).toBe(problem);
    const left = problem.without("name");
    expect(left?.fields.map((one) => one.field)).toEqual(["settings.http.json[0].path"]);
    expect(left?.without("settings.http.json[0].path")).toBeNull();
  });
});
