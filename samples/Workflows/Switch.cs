namespace AgentTeams.Samples;

/// <summary>A branch chooses the way on from the state: the first condition that holds is taken, else the last resort.</summary>
internal static class Switch
{
    public static async Task RunAsync()
    {
        var wf = Workflow.CreateBuilder<Mail>("inbox");
        var classifier = new Role { Name = "classifier", Instructions = "Answer refund, question or other." };
        var classify = wf.AddRole(classifier, s => s.Text, (s, reply) => s with { Kind = reply.Text });
        var refund = wf.AddFunction("refund", s => s with { Done = "the money goes back" });
        var answer = wf.AddRole(new() { Name = "answerer" }, s => s.Text, (s, reply) => s with { Done = reply.Text });
        wf.Start(classify);
        wf.Branch(classify, b => b
            .When(s => s.Kind == "refund", refund)
            .When(s => s.Kind == "question", answer, "a question")
            .Otherwise(Workflow.End));
        wf.From(refund);
        wf.From(answer);
        var workflow = wf.Build();

        var runtime = ScriptedModel.Team((role, mail) => role == "answerer" ? "we open at nine"
            : mail.Contains("money", StringComparison.Ordinal) ? "refund" : mail.EndsWith('?') ? "question" : "other");
        foreach (var mail in (string[])["I want my money back.", "When do you open?", "Win a prize!"])
        {
            var result = await workflow.RunAsync(new Mail(mail), runtime);
            Console.WriteLine($"{mail} -> {result.Nodes[0].Branch}: {(result.State.Done is "" ? "nothing to do" : result.State.Done)}");
        }
    }

    private sealed record Mail(string Text, string Kind = "", string Done = "");
}
