namespace AgentTeams.Samples;

/// <summary>A role works with an address that it never sees; the tool inside of the zone is given it.</summary>
internal static class SafeTeam
{
    public static async Task RunAsync()
    {
        var mail = AIFunctionFactory.Create((string to) =>
        {
            Console.WriteLine($"sent to {to}");
            return $"Sent to {to}.";
        }, "send_mail");
        var zone = new TrustZone(new SecretVault()) { Tools = ["send_mail"] };
        var wf = Workflow.CreateBuilder<Conversation>("mail");
        var send = wf.AddTool(mail, s => new { to = s.Task }, (s, result) => s with { Answer = result.Text });
        wf.Start(send).Then(wf.AddRole(Cast.Role("clerk"), s => $"{s.Answer} Tell the boss.", (s, reply) => s with { Answer = reply.Text }));
        var runtime = Cast.Play((_, asked) => $"Done. I read: {asked}");

        var result = await wf.Build().RunAsync(new("lee@example.org"), runtime, new() { Middleware = [zone.ToMiddleware()] });

        Console.WriteLine(result.State.Task.Contains('@', StringComparison.Ordinal) ? "the state holds the address" : "the state holds a placeholder");
        Console.WriteLine(Cast.Short(zone.Vault.Reveal(result.State.Answer)));
    }
}
