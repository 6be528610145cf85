namespace AgentTeams.Tests;

/// <summary>Teams that a file declares.</summary>
public sealed class YamlTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("vocabulary: 300")]
    [InlineData("vocabulary: 300, lora: 4")]
    public async Task Train_TeamOfAFile_LearnsResumesAndAnswers(string model)
    {
        string[] words = ["red", "green", "blue"];
        await SftExample.WriteAsync(Path.Combine(_folder, "shown.jsonl"), words.SelectMany(w => new SftExample[] { new("first", w, w), new("second", $"{w} then {w}", w) }));
        File.WriteAllLines(Path.Combine(_folder, "tasks.jsonl"), words.Select(w => $$"""{"question": "{{w}}", "answer": "{{w}}"}"""));
        var team = Write($$"""
            name: echo
            seed: 3
            model: { {{model}} }
            roles:
              - { name: first, prompt: "{question}", max_tokens: 3 }
              - { name: second, prompt: "{question} then {first}", max_tokens: 3 }
            tasks: { train: tasks.jsonl, test: tasks.jsonl }
            plan:
              - { supervise: show, examples: shown.jsonl, epochs: 60 }
              - { reinforce: practise, steps: 2, group_size: 4, learning_rate: 0.0001 }
              - { evaluate: after }
            """);
        var run = Path.Combine(_folder, "run");
        Assert.Equal((TeamCommandLine.Done, ""), await InvokeAsync("train", team, "--out", run, "--stop-after", "practise:1", "--output", "none"));
        Assert.Equal((TeamCommandLine.Done, ""), await InvokeAsync("resume", run, "--output", "none"));
        Assert.Equal(1, RunFolder.Read(run).ReadResult()!["after"].Success.Rate);
        Assert.Equal((TeamCommandLine.Done, ""), await InvokeAsync("run", "green", "--weights", run));
    }

    [Theory]
    [InlineData("name: x", "roles is missing")]
    [InlineData("nam: x", "nam")]
    [InlineData("name: x\nroles: [{ name: a, prompt: p }]\nplan: [{ steps: 3 }]", "one of supervise, reinforce and evaluate")]
    [InlineData("name: x\nroles: [{ name: a, prompt: p }]\nplan: [{ evaluate: after }]", "tasks.test")]
    [InlineData("name: [", "line")]
    [InlineData("", "name is missing")]
    [InlineData("name:\nroles:\nplan:\ntasks:\nmodel:", "name is missing")]
    [InlineData("name: x\nmodel:\nroles: [{ name: a, prompt: p }]\nplan: [{ evaluate: after }]\ntasks: { test: t }", "model is empty")]
    [InlineData("name: x\nroles: [null]\nplan: [null]", "needs name and prompt")]
    [InlineData("name: x\nroles: [{ name: a, prompt: '{b}' }, { name: b, prompt: p }]\nplan: [{ evaluate: after }]\ntasks: { train: t, test: t }", "'{b}', which is no question and no earlier role; it may name question")]
    [InlineData("name: x\nroles: [{ name: a, prompt: p }, { name: a, prompt: p }]\nplan: [{ evaluate: after }]\ntasks: { train: t, test: t }", "Two roles are named 'a'")]
    [InlineData("name: x\nroles: [{ name: question, prompt: p }]\nplan: [{ evaluate: after }]\ntasks: { train: t, test: t }", "A role is named 'question'")]
    [InlineData("name: x\nroles: [{ name: a, prompt: p, max_tokens: 0 }]\nplan: [{ evaluate: after }]\ntasks: { train: t, test: t }", "max_tokens 0")]
    [InlineData("name: x\nmodel: { vocabulary: -1, lora: 0 }\nroles: [{ name: a, prompt: p }]\nplan: [{ evaluate: after }]\ntasks: { train: t, test: t }", "model.lora is 0")]
    [InlineData("name: x\nroles: [{ name: a, prompt: p }]\nplan: [{ evaluate: after }]\ntasks: { test: t }", "tasks.train is missing")]
    [InlineData("name: x\nroles: [{ name: a, prompt: p }]\nplan: [{ evaluate: after }]\ntasks: { train: nowhere.jsonl, test: t }", "nowhere.jsonl")]
    [InlineData("name: x\nroles: [{ name: a, prompt: p }]\nplan: [{ evaluate: after }]\ntasks: { train: team.yaml, test: team.yaml }", "cannot be read")]
    public async Task Train_FileIsWrong_SaysWhereAndWhat(string text, string told)
    {
        var (code, error) = await InvokeAsync("train", Write(text));
        Assert.Equal(TeamCommandLine.Failed, code);
        Assert.Contains(told, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{\"question\": \"q\", \"answer\": null}")]
    public async Task Train_TaskThatIsNone_SaysWhich(string line)
    {
        File.WriteAllText(Path.Combine(_folder, "tasks.jsonl"), line + "\n");
        var (code, error) = await InvokeAsync("train", Write("name: x\nroles: [{ name: a, prompt: p }]\nplan: [{ evaluate: after }]\ntasks: { train: tasks.jsonl, test: tasks.jsonl }"));
        Assert.Equal(TeamCommandLine.Failed, code);
        Assert.Contains(line, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_AnswersThatChanged_IsRefused()
    {
        var tasks = Path.Combine(_folder, "tasks.jsonl");
        var run = Path.Combine(_folder, "run");
        File.WriteAllText(tasks, "{\"question\": \"red\", \"answer\": \"red\"}\n");
        var team = Write("name: x\nmodel: { vocabulary: 300 }\nroles: [{ name: a, prompt: p, max_tokens: 2 }]\nplan: [{ evaluate: before }, { evaluate: after }]\ntasks: { train: tasks.jsonl, test: tasks.jsonl }");
        Assert.Equal((TeamCommandLine.Done, ""), await InvokeAsync("train", team, "--out", run, "--stop-after", "before:1", "--output", "none"));
        File.WriteAllText(tasks, "{\"question\": \"red\", \"answer\": \"blue\"}\n");
        var (code, error) = await InvokeAsync("resume", run, "--output", "none");
        Assert.Equal(TeamCommandLine.Failed, code);
        Assert.Contains("test was '1 tasks", error, StringComparison.Ordinal);
    }

    private string Write(string text)
    {
        var path = Path.Combine(_folder, "team.yaml");
        File.WriteAllText(path, text);
        return path;
    }

    private static async Task<(int Code, string Error)> InvokeAsync(params string[] args)
    {
        using var error = new StringWriter();
        return (await TeamCommandLine.InvokeAsync(args, null, new() { Out = TextWriter.Null, Error = error }), error.ToString());
    }
}
