import type { ReactNode } from "react";
import { lazy, Suspense, useEffect } from "react";
import { Loading, Toasts } from "./parts/basics";
import { Frame } from "./parts/frame";
import { LiveProvider } from "./lib/live";
import { forgetEverything } from "./lib/resource";
import { match, useLocation, type Params } from "./lib/router";
import { useMay, useSession, type Reach } from "./lib/user";
import { AcceptInvitationPage } from "./pages/accept_invitation";
import { AlertPage } from "./pages/alert_why";
import { AlertsPage } from "./pages/alerts";
import { CheckFormPage } from "./pages/check_form";
import { ChecksPage } from "./pages/checks";
import { DependencyFormPage } from "./pages/dependency_form";
import { ForgotPasswordPage, ResetPasswordPage } from "./pages/forgotten_password";
import { IncidentPage } from "./pages/incident";
import { InstanceFormPage } from "./pages/instance_form";
import { GroupsPage } from "./pages/groups";
import { InstancesPage } from "./pages/instances";
import { SignedInPage, SignInFailedPage } from "./pages/at_provider";
import { LoginPage } from "./pages/login";
import { MaintenanceFormPage } from "./pages/maintenance_form";
import { NotFoundPage } from "./pages/not_found";
import { OverviewPage } from "./pages/overview";
import { ReportsPage } from "./pages/reports";
import { RuleFormPage } from "./pages/rule_form";
import { RuleImportPage } from "./pages/rule_import";
import { RuleTemplatesPage } from "./pages/rule_templates";
import { ScheduleFormPage } from "./pages/schedule_form";
import { SettingsPage } from "./pages/settings";
import { SilenceFormPage } from "./pages/silence_form";
import { VerifyEmailPage } from "./pages/verify_email";

// Charts come in a chunk of their own, read when a page first draws one.
const InstancePage = lazy(() => import("./pages/instance").then((page) => ({ default: page.InstancePage })));
const CheckPage = lazy(() => import("./pages/check").then((page) => ({ default: page.CheckPage })));
// For people who do not sign in.
const PublicStatusPage = lazy(() => import("./pages/public_status").then((page) => ({ default: page.PublicStatusPage })));
// Large, and read by few.
const GraphiqlPage = lazy(() => import("./pages/graphiql").then((page) => ({ default: page.GraphiqlPage })));

interface Route {
  pattern: string;
  page: (params: Params) => ReactNode;
  needs?: string;
  on?: Reach;
}

const ROUTES: Route[] = [
  { pattern: "/", page: () => <HomePage /> },
  { pattern: "/instances", page: () => <InstancesPage /> },
  { pattern: "/instances/groups", page: () => <GroupsPage /> },
  { pattern: "/instances/new", page: () => <InstanceFormPage />, needs: "instances:write" },
  { pattern: "/instances/:id", page: ({ id }) => <InstancePage key={id} id={id as string} /> },
  { pattern: "/instances/:id/edit", page: ({ id }) => <InstanceFormPage key={id} id={id} />, needs: "instances:write", on: "something" },
  { pattern: "/checks", page: () => <ChecksPage /> },
  { pattern: "/checks/new", page: () => <CheckFormPage />, needs: "checks:write", on: "something" },
  { pattern: "/checks/:id", page: ({ id }) => <CheckPage key={id} id={id as string} /> },
  { pattern: "/checks/:id/edit", page: ({ id }) => <CheckFormPage key={id} id={id} />, needs: "checks:write", on: "something" },
  { pattern: "/alerts", page: () => <AlertsPage tab="now" /> },
  { pattern: "/alerts/incidents", page: () => <AlertsPage tab="incidents" /> },
  { pattern: "/alerts/rules", page: () => <AlertsPage tab="rules" /> },
  { pattern: "/alerts/rules/new", page: () => <RuleFormPage />, needs: "rules:write" },
  { pattern: "/alerts/rules/import", page: () => <RuleImportPage />, needs: "rules:write" },
  { pattern: "/alerts/rules/templates", page: () => <RuleTemplatesPage />, needs: "rules:write" },
  { pattern: "/alerts/rules/:id/edit", page: ({ id }) => <RuleFormPage key={id} id={id} />, needs: "rules:write" },
  { pattern: "/alerts/drills", page: () => <AlertsPage tab="drills" /> },
  { pattern: "/alerts/silences", page: () => <AlertsPage tab="silences" /> },
  { pattern: "/alerts/silences/new", page: () => <SilenceFormPage />, needs: "silences:write" },
  { pattern: "/alerts/silences/:id/edit", page: ({ id }) => <SilenceFormPage key={id} id={id} />, needs: "silences:write" },
  { pattern: "/alerts/maintenance", page: () => <AlertsPage tab="maintenance" /> },
  { pattern: "/alerts/maintenance/new", page: () => <MaintenanceFormPage />, needs: "maintenance:write" },
  { pattern: "/alerts/maintenance/:id/edit", page: ({ id }) => <MaintenanceFormPage key={id} id={id} />, needs: "maintenance:write" },
  { pattern: "/alerts/dependencies", page: () => <AlertsPage tab="dependencies" /> },
  { pattern: "/alerts/dependencies/new", page: () => <DependencyFormPage />, needs: "dependencies:write" },
  { pattern: "/alerts/dependencies/:id/edit", page: ({ id }) => <DependencyFormPage key={id} id={id} />, needs: "dependencies:write" },
  { pattern: "/alerts/:id", page: ({ id }) => <AlertPage key={id} id={id as string} /> },
  { pattern: "/incidents/:id", page: ({ id }) => <IncidentPage key={id} id={id as string} /> },
  { pattern: "/reports", page: () => <ReportsPage tab="files" /> },
  { pattern: "/reports/schedules", page: () => <ReportsPage tab="schedules" /> },
  { pattern: "/reports/schedules/new", page: () => <ScheduleFormPage />, needs: "reports:write" },
  { pattern: "/reports/schedules/:id/edit", page: ({ id }) => <ScheduleFormPage key={id} id={id} />, needs: "reports:write" },
  { pattern: "/graphiql", page: () => <GraphiqlPage />, needs: "graphql:query" },
  { pattern: "/settings", page: () => <SettingsPage tab="account" /> },
  { pattern: "/settings/notifications", page: () => <SettingsPage tab="notifications" /> },
  { pattern: "/settings/agents", page: () => <SettingsPage tab="agents" /> },
  { pattern: "/settings/tokens", page: () => <SettingsPage tab="tokens" /> },
  { pattern: "/settings/audit", page: () => <SettingsPage tab="audit" /> },
  { pattern: "/settings/roles", page: () => <SettingsPage tab="roles" /> },
  { pattern: "/settings/teams", page: () => <SettingsPage tab="teams" /> },
  { pattern: "/settings/users", page: () => <SettingsPage tab="users" /> },
];

// Where letters lead, signed in or not.
const OPEN_PAGES: Record<string, () => ReactNode> = {
  "/forgot-password": () => <ForgotPasswordPage />,
  "/reset-password": () => <ResetPasswordPage />,
  "/accept-invitation": () => <AcceptInvitationPage />,
  "/verify-email": () => <VerifyEmailPage />,
  "/signed-in": () => <SignedInPage />,
  "/sign-in-failed": () => <SignInFailedPage />,
};

// Who may not see everything begins with what there is to see.
function HomePage() {
  return useMay()("overview:read") ? <OverviewPage /> : <InstancesPage />;
}

function CurrentPage() {
  const { path } = useLocation();
  const may = useMay();
  for (const route of ROUTES) {
    const params = match(route.pattern, path);
    if (params) return route.needs && !may(route.needs, route.on) ? <NotFoundPage denied /> : <>{route.page(params)}</>;
  }
  return <NotFoundPage />;
}

export function App() {
  const session = useSession();
  const { path } = useLocation();
  useEffect(() => {
    if (session.phase === "out") forgetEverything();
  }, [session.phase]);
  const shown = match("/status/:slug", path);
  if (shown) return <Suspense fallback={<main><Loading /></main>}><PublicStatusPage slug={shown["slug"] as string} /></Suspense>;
  const open = OPEN_PAGES[path];
  if (open) return <>{open()}</>;
  if (session.phase === "starting") return <main><Loading /></main>;
  if (session.phase === "out") return <LoginPage reason={session.reason} />;
  return (
    <LiveProvider>
      <Frame user={session.user}>
        <Suspense fallback={<Loading />}>
          <CurrentPage />
        </Suspense>
      </Frame>
      <Toasts />
    </LiveProvider>
  );
}
