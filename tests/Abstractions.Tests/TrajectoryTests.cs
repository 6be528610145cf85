using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class TrajectoryTests
{
    private static Trajectory Sample() => new()
    {
        Id = "t1",
        WorkflowName = "plan-code",
        TaskId = "p1",
        GroupId = "p1",
        Status = TrajectoryStatus.Completed,
        Outcome = "42",
        Nodes =
        [
            new TrajectoryNode
            {
                Id = "plan", Kind = NodeKind.Role, Name = "plan", Role = "planner", Policy = new("m", "planner"),
                Input = [new(ChatRole.System, "be brief"), new(ChatRole.User, "6 * 7 \"quoted\" ü")],
                Output = [new(ChatRole.Assistant, "multiply")],
                Tokens = new TokenTrace
                {
                    PromptIds = [1, 2], CompletionIds = [3, 4], LogProbs = [-0.5f, -1e-7f],
                    Policy = new("m", "planner"), WeightsVersion = 3, Temperature = 1,
                },
                Usage = new(2, 2),
            },
            new TrajectoryNode
            {
                Id = "run", Kind = NodeKind.Tool, Name = "run", Parents = ["plan"], ToolName = "calculate",
                Arguments = JsonSerializer.SerializeToElement(new { expression = "6*7" }),
                Error = new("McpException", "gone"), Duration = TimeSpan.FromMilliseconds(5),
            },
        ],
        Rewards = [Reward.ForTrajectory("outcome", 1), Reward.ForNode("plan", "format", 0.5, 0.1)],
    };

    [Fact]
    public void Json_RoundTrip_KeepsEverything()
    {
        var json = TrajectoryJson.Serialize(Sample());
        Assert.DoesNotContain((byte)'\n', json);
        var back = TrajectoryJson.Deserialize(json);
        Assert.Equal(json, TrajectoryJson.Serialize(back));
        Assert.Equal([-0.5f, -1e-7f], back.Nodes[0].Tokens!.LogProbs);
        Assert.Equal("multiply", back.Nodes[0].Text);
        Assert.Equal("gone", back.Nodes[1].Error!.Message);
    }

    [Fact]
    public void Json_Written_IsCamelCaseAndVersioned()
    {
        using var json = JsonDocument.Parse(TrajectoryJson.Serialize(Sample()));
        Assert.Equal(2, json.RootElement.GetProperty("schemaVersion").GetInt32());
        Assert.Equal("completed", json.RootElement.GetProperty("status").GetString());
        Assert.Equal("role", json.RootElement.GetProperty("nodes")[0].GetProperty("kind").GetString());
        Assert.Equal("trajectory", json.RootElement.GetProperty("rewards")[0].GetProperty("scope").GetString());
    }

    [Fact]
    public void Deserialize_NewerSchema_SaysToUpdate()
    {
        var text = Encoding.UTF8.GetString(TrajectoryJson.Serialize(Sample())).Replace("\"schemaVersion\":2", "\"schemaVersion\":99", StringComparison.Ordinal);
        var error = Assert.Throws<AgentTeamsException>(() => TrajectoryJson.Deserialize(Encoding.UTF8.GetBytes(text)));
        Assert.Contains("99", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_UnknownParent_NamesNodeAndParent()
    {
        var error = Assert.Throws<AgentTeamsException>(() => Sample() with
        {
            Nodes = [new TrajectoryNode { Id = "a", Kind = NodeKind.Function, Name = "a", Parents = ["ghost"] }],
        });
        Assert.Contains("'a'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'ghost'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rewards_OfEveryTarget_ReadBackEqual()
    {
        var scored = Sample() with
        {
            Rewards =
            [
                Reward.ForTrajectory("a", 1), Reward.ForTurn(2, "b", 1), Reward.ForTurn(2, "coder", "c", 1), Reward.ForRole("coder", "d", 1), Reward.ForNode("plan", "e", 1),
                Reward.ForTokens("plan", 1, "f", 1) with { Source = "steps", Weight = 0.5 },
            ],
        };

        var back = TrajectoryJson.Deserialize(TrajectoryJson.Serialize(scored));

        Assert.Equal<Reward>([.. scored.Rewards], [.. back.Rewards]);
        Assert.Equal(("coder", 2, null, null), (back.Rewards[2].Target.Role, back.Rewards[2].Target.Turn, back.Rewards[2].Target.NodeId, back.Rewards[2].Target.LastToken));
        Assert.Equal(("plan", 1, RewardScope.Node), (back.Rewards[5].Target.NodeId, back.Rewards[5].Target.LastToken, back.Rewards[5].Target.Scope));
    }

    [Fact]
    public void Rewards_WithoutTheOptionalMembers_AreWrittenAndReadAsBefore()
    {
        var json = JsonSerializer.Serialize(Reward.ForNode("plan", "e", 1), TrajectoryJson.Options);

        Assert.Equal("""{"scope":"node","target":"plan","name":"e","value":1,"weight":1}""", json);
        Assert.Equal("""{"scope":"node","target":"plan","lastToken":7,"name":"e","value":1,"weight":1}""", JsonSerializer.Serialize(Reward.ForTokens("plan", 7, "e", 1), TrajectoryJson.Options));
        Assert.Equal(Reward.ForTurn(3, "b", 1), JsonSerializer.Deserialize<Reward>("""{"scope":"turn","target":"3","name":"b","value":1}""", TrajectoryJson.Options));
    }

    [Fact]
    public void RewardTarget_ImpossibleParts_AreRefused()
    {
        Assert.Contains("-1", Assert.Throws<AgentTeamsException>(() => RewardTarget.OfTokens("plan", -1)).Message, StringComparison.Ordinal);
        Assert.Throws<AgentTeamsException>(() => RewardTarget.OfTokens("", 0));
        Assert.Throws<AgentTeamsException>(() => RewardTarget.OfTurn(0, ""));
        Assert.Throws<AgentTeamsException>(() => RewardTarget.OfTurn(-1, "coder"));
        Assert.Throws<AgentTeamsException>(() => JsonSerializer.Deserialize<Reward>("""{"scope":"node","target":"n","lastToken":-2,"name":"x","value":1}""", TrajectoryJson.Options));
    }

    [Fact]
    public void Rewards_NotFinite_NamesTheReward()
    {
        var error = Assert.Throws<AgentTeamsException>(() => Sample() with { Rewards = [Reward.ForTrajectory("outcome", double.NaN)] });
        Assert.Contains("'outcome'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TokenTrace_CountsDiffer_IsRefused() => Assert.Throws<AgentTeamsException>(() => new TokenTrace
    {
        PromptIds = [1], CompletionIds = [1, 2], LogProbs = [-1f], Policy = new("m"), WeightsVersion = 0, Temperature = 1,
    });

    [Fact]
    public void TokenTrace_MembersInAnotherOrder_AreCheckedAllTheSame()
    {
        SamplingConstraints constraints = new() { Supports = [[3], [4, 5]] };
        Assert.Throws<AgentTeamsException>(() => new TokenTrace { LogProbs = [-1f], CompletionIds = [1, 2], PromptIds = [1], Policy = new("m"), WeightsVersion = 0, Temperature = 1 });
        Assert.Throws<AgentTeamsException>(() => new TokenTrace { Constraints = constraints, LogProbs = [-1f, -1f], CompletionIds = [3, 6], PromptIds = [1], Policy = new("m"), WeightsVersion = 0, Temperature = 1 });
        Assert.Throws<AgentTeamsException>(() => JsonSerializer.Deserialize<TokenTrace>(
            """{"logProbs":[-1],"completionIds":[1,2],"promptIds":[1],"policy":{"model":"m"},"weightsVersion":0,"temperature":1}""", TrajectoryJson.Options));

        var trace = new TokenTrace { Constraints = constraints, LogProbs = [-1f, -2f], CompletionIds = [3, 5], PromptIds = [1], Policy = new("m"), WeightsVersion = 0, Temperature = 1 };
        Assert.Equal(trace, trace with { });
        Assert.Equal([-1f], (trace with { Constraints = null, CompletionIds = [3], LogProbs = [-1f] }).LogProbs);
        Assert.Equal([-1f], (trace with { LogProbs = [-1f], CompletionIds = [3], Constraints = null }).LogProbs);
        Assert.Throws<AgentTeamsException>(() => trace with { LogProbs = [-1f], CompletionIds = [3, 4] });
        Assert.Throws<AgentTeamsException>(() => (trace with { CompletionIds = [3] }).LogProbs);
        Assert.Throws<AgentTeamsException>(() => (trace with { CompletionIds = [3], LogProbs = [-1f] }).Constraints);
    }

    [Fact]
    public void TrainingRow_MembersInAnotherOrder_AreCheckedAllTheSame()
    {
        SamplingConstraints constraints = new() { Supports = [[3], [4, 5]] };
        var row = new TrainingRow { Weights = [1, 0], Constraints = constraints, CompletionIds = [3, 4], PromptIds = [1] };
        Assert.Equal([1f, 0f], row.Weights);
        Assert.Equal(row, row with { });
        Assert.Throws<AgentTeamsException>(() => new TrainingRow { Weights = [1], CompletionIds = [3, 4], PromptIds = [1] });
        Assert.Throws<AgentTeamsException>(() => new TrainingRow { Constraints = constraints, CompletionIds = [3, 6], PromptIds = [1] });
        Assert.Equal([1f], (row with { CompletionIds = [3], Weights = [1], Constraints = null }).Weights);
        Assert.Equal([1f], (row with { Constraints = null, Weights = [1], CompletionIds = [3] }).Weights);
        Assert.Throws<AgentTeamsException>(() => (row with { CompletionIds = [3], Constraints = null }).Weights);
        Assert.Throws<AgentTeamsException>(() => (row with { CompletionIds = [3], Weights = [] }).Constraints);
    }

    [Fact]
    public void Json_TraceWithConstraints_KeepsThemAndLeavesThemOutOtherwise()
    {
        var sample = Sample();
        Assert.DoesNotContain("constraints", Encoding.UTF8.GetString(TrajectoryJson.Serialize(sample)), StringComparison.Ordinal);
        var constraints = new SamplingConstraints { RepetitionPenalty = 1.1f, Grammar = """{"schema":{"type":"string"}}""", MaxTokens = 9, Supports = [[1, 3, 7], []] };
        var node = sample.Nodes[0] with { Tokens = sample.Nodes[0].Tokens! with { Constraints = constraints } };
        var json = TrajectoryJson.Serialize(sample with { Nodes = [node] });
        Assert.Contains("\"supports\":[[1,3,7],[]]", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
        Assert.Equal(constraints, TrajectoryJson.Deserialize(json).Nodes[0].Tokens!.Constraints);
    }

    [Fact]
    public void Constraints_OfAnotherCompletion_AreRefused()
    {
        static void Refused(Func<SamplingConstraints> constraints) => Assert.Throws<AgentTeamsException>(() => new TokenTrace
        {
            PromptIds = [1], CompletionIds = [3, 4], LogProbs = [-1f, -1f], Policy = new("m"), WeightsVersion = 0, Temperature = 1, Constraints = constraints(),
        });
        Refused(() => new() { Supports = [[3]] });
        Refused(() => new() { Supports = [[3], [5]] });
        Refused(() => new() { Supports = [[3, 3], [4]] });
        Refused(() => new() { Supports = [[-1, 3], [4]] });
        Refused(() => new() { Grammar = "{}", MaxTokens = 1 });
        Refused(() => new() { MaxTokens = -1 });
        Refused(() => new() { RepetitionPenalty = 0 });
        Refused(() => new() { RepetitionPenalty = float.NaN });
    }

    [Fact]
    public void Constraints_EqualByContent()
    {
        static SamplingConstraints Make() => new() { RepetitionPenalty = 2, Grammar = "{}", MaxTokens = 3, Supports = [[1, 2], []] };
        Assert.Equal(Make(), Make());
        Assert.Equal(Make().GetHashCode(), Make().GetHashCode());
        Assert.NotEqual(Make(), Make() with { Supports = [[1, 2], [4]] });
        Assert.NotEqual(Make(), Make() with { MaxTokens = 4 });
        Assert.NotEqual(Make(), Make() with { Grammar = null });
        Assert.NotEqual(Make(), Make() with { RepetitionPenalty = 1 });
    }

    [Fact]
    public void ToString_OfATrajectoryAndItsNodes_SaysWhatHappened()
    {
        var tool = new TrajectoryNode { Id = "run", Kind = NodeKind.Tool, Name = "run", ToolName = "add", Arguments = System.Text.Json.JsonElement.Parse("""{"a":1}"""), Result = System.Text.Json.JsonElement.Parse("2") };
        var broken = tool with { Id = "run#1", Error = new("IOException", "gone") };
        var trajectory = new Trajectory { Id = "0f", WorkflowName = "w", TaskId = "t", GroupId = "t", Status = TrajectoryStatus.Completed, Outcome = "2", Nodes = [tool, broken], Rewards = [Reward.ForTrajectory("outcome", 1, 0.5)] };
        Assert.Equal("""run (Tool): add({"a":1}) = 2""", tool.ToString());
        Assert.Equal("run#1 (Tool): IOException: gone", broken.ToString());
        Assert.Equal("w on 't' #0 (0f): Completed, 2 nodes, reward 0.5, outcome 2", trajectory.ToString());
    }
}
