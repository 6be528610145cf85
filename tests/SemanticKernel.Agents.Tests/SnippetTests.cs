using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.Agents.Runtime.InProcess;

namespace AgentTeams.Tests;

public sealed class SnippetTests
{
    [Fact]
    public void Guides_EverySnippet_IsCompiledHere() => GuideCode.AssertCompiled([.. GuideCode.Blocks("docs/semantic-kernel.md"), GuideCode.Blocks("README.md")[1]], "Snippets.cs");

    [Fact]
    public async Task Recording_BeforeAndAfter_AnswerTheSame()
    {
        var file = Path.GetTempFileName();
        using var store = await JsonlTrajectoryStore.OpenAsync(file);
        await using var runtime = new InProcessRuntime();
        await runtime.StartAsync();

        var before = await Snippets.RunAsync(Sk.Agent("planner", "a plan"), Sk.Agent("coder", "some code"), "question", runtime);
        var after = await Snippets.RunRecordedAsync(Sk.Agent("planner", "a plan"), Sk.Agent("coder", "some code"), "question", runtime, store);

        Assert.Equal(("some code", "some code"), (before, after));
        Assert.Equal(["planner", "coder<planner"], Assert.Single(await store.ReadAllAsync().ReadAsync()).Edges());
        File.Delete(file);
    }

    [Fact]
    public async Task LocalModel_BeforeAndAfter_AnswerUnderTheSameKey()
    {
        var directory = Directory.CreateTempSubdirectory("agentteams-sk-").FullName;
        using var model = LocalModel.Create();
        model.AddAdapter("coder", new SeedKey(1));
        model.SavePretrained(directory);
        using var remote = Snippets.Remote(new ScriptedChatClient("remote")).Build().AsChatClient("coder");
        using var own = Snippets.OwnClient(Kernel.CreateBuilder(), new ScriptedChatClient("own")).Build().AsChatClient();

        Assert.Equal("remote", (await remote.GetResponseAsync("?")).Text);
        Assert.Equal("own", (await own.GetResponseAsync("?")).Text);
        Assert.NotNull(Snippets.Local(directory).Build().Services);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Training_Snippet_UpdatesTheModelBehindTheAgent()
    {
        var model = LocalModel.Create();
        var builder = Kernel.CreateBuilder();
        builder.AddLocalModel("tiny", model);
        var planner = new ChatCompletionAgent
        {
            Name = "planner", Kernel = builder.Build(),
            Arguments = new(new PromptExecutionSettings { ServiceId = "tiny", ExtensionData = new Dictionary<string, object> { ["max_tokens"] = 1 } }),
        };
        var first = await Snippets.AskAsync(planner, "hello");

        await Snippets.TrainAsync(planner, model, ["hello"], new Dictionary<string, string> { ["hello"] = first! }, new RlOptions { Steps = 2, TasksPerStep = 1, GroupSize = 2048 });

        Assert.True(model.WeightsVersion(model.Base) > 0);
    }
}
