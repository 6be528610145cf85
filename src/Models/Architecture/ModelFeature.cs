namespace AgentTeams.Models;

/// <summary>Something that a model computes differently from a plain Llama, as <see cref="ModelConfig"/> and <see cref="ModelFamily"/> describe it.</summary>
internal enum ModelFeature
{
    QueryKeyValueBias,
    OutputBias,
    QueryKeyNorm,
    RopeScaling,
    UnitOffsetNorms,
    PostNorms,
    GeluGate,
    ScaledEmbeddings,
    FusedProjections,
    SlidingWindow,
    LocalRopeTheta,
    PartialRotaryFactor,
    QueryPreAttentionScalar,
}
